//! The pure core: what happened ([`facts`]), what was demanded ([`requirements`]), and the [`verdict`] that follows.
//!
//! Nothing here reads a clock, a file or the network: everything is an argument, so that a verdict can be explained and
//! computed again from the archive.
//!
//! A [`evaluate::Judge`] is made of a policy's [`requirements`] once; it judges each change. [`record::Judging`] makes the judged change a
//! record for the archive. How a verdict comes about, from the raw reviews up: `opinion` (what each reviewer's opinion was as
//! of the merge), `contributor` (who wrote the change), `approval` (which approvals count, and what follows), `checks` (the
//! reasons and their messages), [`rules`] (what a policy demands besides, in CEL), `exemption` (whether review is waived),
//! `emergency` (whether people had said so), [`evaluate`] (the verdict and its severity).

pub mod acknowledgement;
mod approval;
mod checks;
mod contributor;
mod emergency;
pub mod evaluate;
mod exemption;
pub mod explanation;
pub mod facts;
pub mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod identity;
pub mod independence;
pub mod late_review;
pub mod life;
mod message;
mod opinion;
#[cfg(test)]
mod properties;
pub mod record;
pub mod requirements;
pub mod rules;
pub mod scope;
pub mod totals;
pub mod verdict;

/// The version of the rules of judgement, written into every run: raised whenever the same facts and requirements could get
/// another verdict, other reasons or another severity than before, so that an auditor can tell which rules judged a change.
pub const EVALUATOR_VERSION: u32 = 3;
