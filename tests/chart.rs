//! The chart and the plain manifests: rendered, checked, and held against a real API server.

#[path = "chart/admission.rs"]
mod admission;
#[path = "chart/helm.rs"]
mod helm;
#[path = "chart/manifests.rs"]
mod manifests;
#[path = "chart/permissions.rs"]
mod permissions;
#[path = "chart/rendering.rs"]
mod rendering;
