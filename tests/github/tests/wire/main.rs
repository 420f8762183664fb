//! Conversations with the simulator over HTTP.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod access;
mod app;
mod client;
mod control;
mod cost;
mod documents;
mod editions;
mod faults;
mod http;
mod late;
mod limits;
mod nulls;
mod pages;
mod people;
mod refusals;
mod repositories;
mod schema;
mod search;
mod seeded;
mod speed;
mod throttle;
mod tokens;
