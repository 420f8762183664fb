//! The texts that are put to GitHub's GraphQL API: one file an operation, with the fragments that it uses.

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query {
    /// The operation's name, also in errors, logs and metrics.
    pub(super) name: &'static str,
    /// The whole document.
    pub(super) text: &'static str,
}

macro_rules! query {
    ($name:literal, $($file:literal),+) => {
        Query { name: $name, text: concat!($(include_str!($file)),+) }
    };
}

/// An organization by its login.
pub(super) const ORGANIZATION: Query = query!("Organization", "organization.graphql");

/// A page of an organization's repositories.
pub(super) const REPOSITORIES: Query =
    query!("Repositories", "repositories.graphql", "repository.graphql");

/// A page of merged pull requests. `type: ISSUE` with one `org:` and no alternatives means the same to GitHub's old
/// and new search, and exists on every supported server.
pub(super) const MERGED_PULL_REQUESTS: Query = query!(
    "MergedPullRequests",
    "merged_pull_requests.graphql",
    "pull_request.graphql",
    "repository.graphql",
    "review.graphql",
    "event.graphql",
    "commit.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

/// The same page, with nothing but which pull requests they are.
pub(super) const MERGED_PULL_REQUEST_IDS: Query =
    query!("MergedPullRequestIds", "merged_pull_request_ids.graphql");

/// How many results each of a few searches has.
pub(super) const COUNTS: Query = query!("Counts", "counts.graphql");

/// Pull requests by their node ids.
pub(super) const PULL_REQUESTS: Query = query!(
    "PullRequests",
    "pull_requests.graphql",
    "pull_request.graphql",
    "repository.graphql",
    "review.graphql",
    "event.graphql",
    "commit.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

/// One pull request by its number.
pub(super) const PULL_REQUEST: Query = query!(
    "PullRequest",
    "pull_request_by_number.graphql",
    "pull_request.graphql",
    "repository.graphql",
    "review.graphql",
    "event.graphql",
    "commit.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

/// Further reviews of one pull request.
pub(super) const MORE_REVIEWS: Query = query!(
    "MoreReviews",
    "more_reviews.graphql",
    "review.graphql",
    "actor.graphql"
);

/// Further dismissals, labels and titles of one pull request.
pub(super) const MORE_EVENTS: Query = query!(
    "MoreEvents",
    "more_events.graphql",
    "event.graphql",
    "actor.graphql"
);

/// Further commits of one pull request.
pub(super) const MORE_COMMITS: Query = query!(
    "MoreCommits",
    "more_commits.graphql",
    "commit.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

/// Further authors of one commit.
pub(super) const MORE_AUTHORS: Query = query!(
    "MoreAuthors",
    "more_authors.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

#[cfg(test)]
mod tests;
