//! What people write by mistake into a policy: each is refused with words that say what to write, beside the pattern that it does
//! not match; or would be taken, and audit nothing.

use anyhow::{Result, ensure};
use kube::api::PostParams;
use serde_json::{Value, json};

use crate::case::{Case, accepted, merged, refused};
use crate::good;
use crate::world::World;

fn branches(name: &str) -> Value {
    json!({"spec": {"branches": [name]}})
}

fn organization(name: &str) -> Value {
    json!({"spec": {"organizations": [{"name": name}]}})
}

fn include(glob: &str) -> Value {
    json!({"spec": {"organizations": [{"name": "acme", "repositories": {"include": [glob]}}]}})
}

fn exemption(patch: Value) -> Value {
    let good = json!({"name": "updates", "repositories": ["docs"], "reason": "no code", "approvedBy": "ciso@example.com",
        "expirationTime": "2027-03-01T00:00:00Z"});
    json!({"spec": {"exemptions": [merged(good, &patch)]}})
}

fn emergency(label: &str) -> Value {
    json!({"spec": {"emergency": {"labels": [label]}}})
}

fn rule(patch: Value) -> Value {
    let good = json!({"name": "ticket", "expression": "true"});
    json!({"spec": {"rules": [merged(good, &patch)]}})
}

fn names_of_branches() -> Vec<Case> {
    let without = "named without refs/heads/ in front";
    let of_git = "a name that Git takes";
    vec![
        refused("a reference", branches("refs/heads/main"), without),
        refused(
            "a branch to leave out",
            branches("!main"),
            "none is excluded by a !",
        ),
        refused("a slash in front", branches("/main"), of_git),
        refused("a slash behind", branches("release/"), of_git),
        refused("two slashes", branches("release//*"), of_git),
        refused("two dots", branches("a..b"), of_git),
        refused("a path", branches("../main"), of_git),
        refused("a space", branches("my branch"), of_git),
        refused("a null character", branches("ma\0in"), of_git),
        accepted("parts", branches("release/*/fix-[0-9]")),
        accepted("other scripts", branches("veröffentlichung/*")),
        accepted("either of two", branches("{main,develop}")),
        accepted("an exclamation mark within", branches("wow!")),
    ]
}

fn names_of_repositories() -> Vec<Case> {
    let globs = "names of repositories without the organization";
    let list = |field: &str, item: Value| json!({"spec": {field: [item]}});
    vec![
        refused(
            "a repository of an organization",
            include("acme/payments"),
            globs,
        ),
        refused(
            "a glob to leave out",
            include("!sandbox-*"),
            "a ! in front excludes nothing",
        ),
        accepted("none of these characters", include("[!a-c]*")),
        refused(
            "an exclusion from what is excluded",
            json!({"spec": {"organizations": [{"name": "acme", "repositories": {"exclude": ["!x"]}}]}}),
            globs,
        ),
        refused(
            "an exemption of all but one",
            exemption(json!({"repositories": ["!x"]})),
            globs,
        ),
        refused(
            "an owner of all but one",
            list("owners", json!({"repositories": ["!x"], "owner": "a"})),
            globs,
        ),
        refused(
            "a severity of all but one",
            list(
                "severities",
                json!({"repositories": ["!x"], "severity": "Warning"}),
            ),
            globs,
        ),
    ]
}

fn names_of_accounts() -> Vec<Case> {
    let login = "the organization's login alone";
    let authors = |name: &str| exemption(json!({"authors": [name]}));
    let bot = |name: &str| json!({"spec": {"requirements": {"approver": {"bots": [name]}}}});
    vec![
        refused("an address", organization("https://github.com/acme"), login),
        refused("a repository", organization("acme/payments"), login),
        refused("a mention", organization("@acme"), login),
        refused(
            "a bot by its login",
            authors("dependabot[bot]"),
            "without [bot] behind",
        ),
        refused(
            "a mentioned author",
            authors("@alice"),
            "without @ in front",
        ),
        refused("a team", authors("acme/platform"), "no team"),
        refused("a glob of authors", authors("*"), "no glob"),
        refused(
            "a bot with its prefix",
            bot("app/renovate"),
            "without app/ in front",
        ),
        refused(
            "a bot with its suffix",
            bot("renovate[bot]"),
            "without [bot] behind",
        ),
    ]
}

fn texts() -> Vec<Case> {
    let owner =
        json!({"spec": {"owners": [{"repositories": ["*"], "owner": "the platform team"}]}});
    let severity =
        json!({"spec": {"severities": [{"reasons": ["approvalMissing"], "severity": "Warning"}]}});
    let secret = json!({"spec": {"github": {"credentialsRef": {"name": "GitHub_Token"}}}});
    vec![
        refused(
            "a blank reason",
            exemption(json!({"reason": " \t\n"})),
            "reason is blank",
        ),
        refused(
            "a blank approver",
            exemption(json!({"approvedBy": "  "})),
            "approvedBy is blank",
        ),
        refused(
            "a blank message",
            rule(json!({"message": " "})),
            "message is blank",
        ),
        refused(
            "a rule's name in words",
            rule(json!({"name": "Has a ticket"})),
            "name is lower-case letters",
        ),
        refused(
            "a label with a space around",
            emergency("emergency "),
            "without white space around",
        ),
        refused("a label of two lines", emergency("a\nb"), "one line"),
        accepted("a label of two words", emergency("break glass 🔥")),
        refused("an owner in words", owner, "owner is the value of a label"),
        refused("a reason in lower case", severity, "such as ApprovalStale"),
        refused("a Secret in upper case", secret, "that of a Secret"),
    ]
}

#[tokio::test]
async fn what_people_write_by_mistake_is_refused_with_what_to_write() -> Result<()> {
    let world = World::new("mistakes").await?;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let mut complaints = Vec::new();
    let tables = [
        names_of_branches(),
        names_of_repositories(),
        names_of_accounts(),
        texts(),
    ];
    for case in tables.iter().flatten() {
        let policy = serde_json::from_value(merged(good::policy(), &case.patch))?;
        let answer = world.policies().create(&dry_run, &policy).await;
        complaints.extend(case.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}
