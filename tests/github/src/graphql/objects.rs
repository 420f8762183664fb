//! One resolver for each type of the schema.
mod account;
mod commit;
mod event;
mod git;
mod pull_request;
mod query;
mod repository;
mod review;

pub(super) use self::query::QueryObject;
