//! Objects as the API server has them, read one by one: a single one that is no `K`, such as one that was written before a field's
//! rules were tightened, or by a newer version, must not keep every other one from being seen.

use std::borrow::Cow;
use std::marker::PhantomData;

use futures::{Stream, StreamExt as _};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Api, Resource, ResourceExt as _};
use kube_runtime::reflector::{ObjectRef, Store};
use kube_runtime::watcher::{self, Event};
use kube_runtime::{WatchStreamExt as _, watcher as watch};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A `K` that was not read yet.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value", bound = "")]
pub(super) struct Raw<K> {
    metadata: ObjectMeta,
    object: Value,
    kind: PhantomData<fn() -> K>,
}

/// A stream of what happened to objects.
type Watched<K> = Result<Event<K>, watcher::Error>;

// === impl Raw ===

impl<K> TryFrom<Value> for Raw<K> {
    type Error = serde_json::Error;

    fn try_from(object: Value) -> Result<Self, Self::Error> {
        Ok(Self {
            metadata: ObjectMeta::deserialize(&object["metadata"])?,
            object,
            kind: PhantomData,
        })
    }
}

impl<K: DeserializeOwned> Raw<K> {
    /// The object. What its status says and cannot be read is left out: a status is a projection that comes back.
    ///
    /// # Errors
    ///
    /// Where the rest cannot be read.
    pub(super) fn read(&self) -> serde_json::Result<K> {
        K::deserialize(&self.object).or_else(|error| {
            let members = self.object["status"].as_object().into_iter().flatten();
            let mut without_one = members.map(|(name, _)| self.without("status", name));
            let readable = without_one.find_map(|object| K::deserialize(object).ok());
            let without_status = || K::deserialize(self.stripped("status")).ok();
            readable.or_else(without_status).ok_or(error)
        })
    }

    /// The field of the spec without which the object could be read, such as `spec.exemptions`; or `spec`.
    pub(super) fn culprit(&self) -> String {
        let members = self.object["spec"].as_object().into_iter().flatten();
        let mut names = members.map(|(name, _)| name);
        let is_it = |name: &&String| K::deserialize(self.without("spec", name)).is_ok();
        names
            .find(is_it)
            .map_or_else(|| "spec".to_owned(), |name| format!("spec.{name}"))
    }

    fn without(&self, part: &str, name: &str) -> Value {
        let mut object = self.object.clone();
        if let Some(members) = object[part].as_object_mut() {
            members.remove(name);
        }
        object
    }

    fn stripped(&self, part: &str) -> Value {
        let mut object = self.object.clone();
        if let Some(members) = object.as_object_mut() {
            members.remove(part);
        }
        object
    }
}

impl<K> Raw<K> {
    /// The status, where it can be read.
    pub(super) fn status<S: DeserializeOwned>(&self) -> Option<S> {
        S::deserialize(&self.object["status"]).ok()
    }
}

impl<K: Resource> Resource for Raw<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(kind: &Self::DynamicType) -> Cow<'_, str> {
        K::kind(kind)
    }

    fn group(kind: &Self::DynamicType) -> Cow<'_, str> {
        K::group(kind)
    }

    fn version(kind: &Self::DynamicType) -> Cow<'_, str> {
        K::version(kind)
    }

    fn plural(kind: &Self::DynamicType) -> Cow<'_, str> {
        K::plural(kind)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// Watches every object that can be read, for a cache. One that cannot be read any more stays there as it was last read, until it
/// is deleted; each is said in the log.
pub(super) fn watch_readable<K>(
    api: Api<Raw<K>>,
    known: Store<K>,
) -> impl Stream<Item = Watched<K>> + Send + 'static
where
    K: Resource<DynamicType = ()>
        + DeserializeOwned
        + Clone
        + std::fmt::Debug
        + Send
        + Sync
        + 'static,
{
    let events = watch(api, watcher::Config::default().any_semantic()).default_backoff();
    events.filter_map(move |event| {
        std::future::ready(event.map(|event| readable(event, &known)).transpose())
    })
}

fn readable<K>(event: Event<Raw<K>>, known: &Store<K>) -> Option<Event<K>>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone,
{
    match event {
        Event::Apply(raw) => said(&raw).map(Event::Apply),
        Event::InitApply(raw) => said(&raw).map(Event::InitApply),
        Event::Delete(raw) => {
            let last = || known.get(&ObjectRef::from_obj(&raw).into_kind_unchecked(()));
            let read = raw.read().ok();
            read.or_else(|| last().map(|last| K::clone(&last)))
                .map(Event::Delete)
        }
        Event::Init => Some(Event::Init),
        Event::InitDone => Some(Event::InitDone),
    }
}

fn said<K>(raw: &Raw<K>) -> Option<K>
where
    K: Resource<DynamicType = ()> + DeserializeOwned,
{
    let read = raw.read();
    if let Err(error) = &read {
        tracing::warn!(
            kind = %K::kind(&()),
            namespace = raw.namespace(),
            name = raw.name_any(),
            field = raw.culprit(),
            error = %error,
            "an object cannot be read and is passed over until it is mended"
        );
    }
    read.ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::AuditPolicy;

    fn raw(patch: &[(&str, &str, Value)]) -> Raw<AuditPolicy> {
        let mut object = json!({
            "apiVersion": "mergeaudit.io/v1alpha1",
            "kind": "AuditPolicy",
            "metadata": {"name": "soc2", "namespace": "compliance"},
            "spec": {"schedule": "@hourly", "github": {"credentialsRef": {"name": "github"}}, "organizations": [{"name": "acme"}]},
            "status": {"observedGeneration": 3},
        });
        for (part, field, value) in patch {
            object[part][field] = value.clone();
        }
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_status_that_cannot_be_read_costs_the_field_only() {
        let raw = raw(&[("status", "lastCheckedTime", json!("9999-12-31T23:59:59Z"))]);
        let status = raw.read().unwrap().status.unwrap();
        assert_eq!(status.observed_generation, Some(3));
        assert_eq!(status.last_checked_time, None);
    }

    #[test]
    fn two_fields_that_cannot_be_read_cost_the_status() {
        let far = json!("9999-12-31T23:59:59Z");
        let raw = raw(&[
            ("status", "lastCheckedTime", far.clone()),
            ("status", "lastMissedTime", far),
        ]);
        assert_eq!(raw.read().unwrap().status, None);
    }

    #[test]
    fn a_field_of_the_spec_that_cannot_be_read_is_named() {
        let exemption = json!({"name": "x", "reason": "r", "approvedBy": "me", "repositories": ["a"],
            "expirationTime": "9999-12-31T23:59:59Z"});
        let raw = raw(&[("spec", "exemptions", json!([exemption]))]);
        assert!(raw.read().is_err());
        assert_eq!(raw.culprit(), "spec.exemptions");
        assert_eq!(raw.name_any(), "soc2");
    }
}
