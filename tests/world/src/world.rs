//! Control plane, GitHub, archive and operator, in a namespace of their own.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{
    Api, Client, ResourceExt as _,
    api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams},
    core::GroupVersionKind,
};
use mergeaudit_test_cluster::ControlPlane;
use mergeaudit_test_github::{MergeNow, Simulator, World};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cluster::shared_cluster,
    github,
    operator::{Operator, OperatorSetup},
    poll::eventually,
};

/// The token of the default world; the Secret that [`LocalWorld::start`] creates holds it.
pub const TOKEN: &str = "ghp_world";

/// The name of that Secret.
const SECRET: &str = "github";

/// How long what the operator is to do may take; it takes a second on an idle machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How to bring a world up, where the default of [`LocalWorld::start`] does not do.
#[derive(Debug)]
pub struct Setup {
    program: PathBuf,
    github: World,
    arguments: Vec<String>,
    secret: bool,
    started: bool,
}

/// All of it. Dropped, the operator is killed; when the test is failing, its log is shown.
pub struct LocalWorld {
    /// The operator; dropped first.
    pub operator: Operator,
    /// The GitHub.
    pub github: Simulator,
    /// The control plane, shared with the other tests of the binary.
    pub cluster: &'static ControlPlane,
    /// A client with all rights.
    pub client: Client,
    /// The namespace of this world.
    pub namespace: String,
    evidence: PathBuf,
    _directory: TempDir,
}

// === impl Setup ===

impl Setup {
    /// A world around that binary: `acme` with the repositories `payments` and `ledger` and the writers alice, bob and carol,
    /// the Secret `github`, the operator started.
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            github: github::small_world(TOKEN),
            arguments: Vec::new(),
            secret: true,
            started: true,
        }
    }

    /// With another GitHub. Give it the token [`TOKEN`], or create Secrets by [`LocalWorld::create_secret`].
    #[must_use]
    pub fn github(mut self, world: World) -> Self {
        self.github = world;
        self
    }

    /// With a further argument of `mergeaudit controller`.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Without the Secret `github`.
    #[must_use]
    pub fn without_secret(mut self) -> Self {
        self.secret = false;
        self
    }

    /// The operator is not started; start it by `world.operator.restart()`.
    #[must_use]
    pub fn without_operator(mut self) -> Self {
        self.started = false;
        self
    }

    /// Brings it up.
    ///
    /// # Errors
    /// What did not come up, with its log.
    pub async fn start(self) -> Result<LocalWorld> {
        let cluster = shared_cluster().await?;
        let namespace = cluster.namespace("world").await?;
        // In the control plane's directory, which goes with the test process however that ends.
        let directory = tempfile::Builder::new()
            .prefix(&format!("{namespace}-"))
            .tempdir_in(cluster.directory())
            .context("creating the world's directory")?;
        let evidence = directory.path().join("evidence");
        let github = Simulator::start(self.github)?;
        let operator = Operator::stopped(OperatorSetup {
            program: self.program,
            kubeconfig: cluster.kubeconfig_path().to_owned(),
            evidence: evidence.clone(),
            github_hosts: vec![github.url().trim_start_matches("http://").to_owned()],
            namespace: Some(namespace.clone()),
            lease_namespace: namespace.clone(),
            logs: directory.path().to_owned(),
            arguments: self.arguments,
        });
        let mut world = LocalWorld {
            operator,
            github,
            cluster,
            client: cluster.client().await?,
            namespace,
            evidence,
            _directory: directory,
        };
        if self.secret {
            world.create_secret(SECRET, &[("token", TOKEN)]).await?;
        }
        if self.started {
            world.operator.restart().await?;
        }
        Ok(world)
    }
}

// === impl LocalWorld ===

impl LocalWorld {
    /// The default world; see [`Setup`].
    ///
    /// # Errors
    /// What did not come up, with its log.
    pub async fn start(program: impl AsRef<Path>) -> Result<Self> {
        Setup::new(program).start().await
    }

    /// The archive's directory.
    pub fn evidence(&self) -> &Path {
        &self.evidence
    }

    /// A policy over `acme` by the Secret `github` that is due once a year, so that scans are those that a test asks for.
    /// Direct pushes are forbidden, the default. A test changes what it wants before it applies it.
    pub fn policy(&self, name: &str) -> Value {
        json!({
            "apiVersion": "mergeaudit.io/v1alpha1",
            "kind": "AuditPolicy",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "schedule": "0 0 1 1 *",
                "github": {"apiUrl": self.github.url(), "credentialsRef": {"name": SECRET}},
                "organizations": [{"name": "acme"}],
            },
        })
    }

    /// Creates a Secret of the type that policies take.
    ///
    /// # Errors
    /// The API server's.
    pub async fn create_secret(&self, name: &str, data: &[(&str, &str)]) -> Result<()> {
        let data: serde_json::Map<_, _> = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": self.namespace},
            "type": "mergeaudit.io/github",
            "stringData": data,
        });
        self.apply(&secret).await
    }

    /// `kubectl apply` of one object.
    ///
    /// # Errors
    /// What kubectl says.
    pub async fn apply(&self, object: &Value) -> Result<()> {
        self.apply_text(&object.to_string()).await.map(drop)
    }

    /// `kubectl apply` of manifests (YAML) into this world's namespace; returns what it printed. `GITHUB_URL` in the text
    /// becomes the simulator's address.
    ///
    /// # Errors
    /// What kubectl says.
    pub async fn apply_text(&self, manifests: &str) -> Result<String> {
        let manifests = manifests.replace("GITHUB_URL", &self.github.url());
        self.kubectl_with_input(&["apply", "-f", "-"], &manifests)
            .await
    }

    /// Runs kubectl in this world's namespace; returns what it printed.
    ///
    /// # Errors
    /// When it fails: what it said.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.kubectl_with_input(arguments, "").await
    }

    /// As [`kubectl`](Self::kubectl), with a text on standard input.
    ///
    /// # Errors
    /// When it fails: what it said.
    pub async fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> Result<String> {
        let namespace = ["--namespace", self.namespace.as_str()];
        let all: Vec<&str> = namespace.iter().chain(arguments).copied().collect();
        let output = self.cluster.kubectl_with_input(&all, input).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "kubectl {}: {}",
            arguments.join(" "),
            said.trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &said)
    }

    /// Sets the annotation `mergeaudit.io/requested-at` of a policy.
    ///
    /// # Errors
    /// The API server's.
    pub async fn request_scan(&self, policy: &str, value: &str) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {"mergeaudit.io/requested-at": value}}});
        let patched = self
            .policies()
            .patch(policy, &PatchParams::default(), &Patch::Merge(&patch))
            .await;
        patched.map(drop).context("requesting a scan")
    }

    /// Requests a scan and waits until it is published; returns the policy.
    ///
    /// # Errors
    /// Those of [`wait_for_policy`](Self::wait_for_policy).
    pub async fn scan(&self, policy: &str) -> Result<Value> {
        let before = self.policy_now(policy).await?;
        let last = before["metadata"]["annotations"]["mergeaudit.io/requested-at"].as_str();
        let count: u64 = last
            .and_then(|last| last.strip_prefix("test-"))
            .and_then(|count| count.parse().ok())
            .unwrap_or(0);
        let value = format!("test-{}", count + 1);
        self.request_scan(policy, &value).await?;
        self.wait_for_policy(policy, "the requested scan to be handled", |policy| {
            policy["status"]["lastHandledRequest"] == value.as_str()
        })
        .await
    }

    /// Waits until a policy is as wanted, and returns it.
    ///
    /// # Errors
    /// When it is not within a minute: with the policy as it is, and the end of the operator's log.
    pub async fn wait_for_policy(
        &self,
        name: &str,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let found = eventually(what, PATIENCE, async || {
            let policy = self.policy_now(name).await?;
            ensure!(wanted(&policy), "{policy:#}");
            Ok(policy)
        });
        found
            .await
            .map_err(|error| error.context(self.operator.log_tail()))
    }

    /// A policy as it is.
    ///
    /// # Errors
    /// The API server's.
    pub async fn policy_now(&self, name: &str) -> Result<Value> {
        let mut policy = self.policies().get(name).await?;
        policy.managed_fields_mut().clear();
        Ok(serde_json::to_value(policy)?)
    }

    /// The findings of a policy, by repository and number.
    ///
    /// # Errors
    /// The API server's.
    pub async fn findings(&self, policy: &str) -> Result<Vec<Value>> {
        let label = format!("mergeaudit.io/policy={policy}");
        let list = self
            .findings_api()
            .list(&ListParams::default().labels(&label))
            .await?;
        let mut findings = Vec::new();
        for mut finding in list.items {
            finding.managed_fields_mut().clear();
            findings.push(serde_json::to_value(finding)?);
        }
        findings.sort_by_key(|finding| {
            let change = &finding["spec"]["change"];
            (change["repository"].to_string(), change["number"].as_u64())
        });
        Ok(findings)
    }

    /// Merges a pull request by alice that nobody approved; returns its number once GitHub's clock has moved on.
    ///
    /// # Errors
    /// When `acme` has no such repository.
    pub async fn merge_unreviewed(&self, repository: &str, title: &str) -> Result<u64> {
        self.merge(repository, title, &[]).await
    }

    /// Merges a pull request by alice that bob approved; returns its number once GitHub's clock has moved on.
    ///
    /// # Errors
    /// When `acme` has no such repository.
    pub async fn merge_reviewed(&self, repository: &str, title: &str) -> Result<u64> {
        self.merge(repository, title, &["bob"]).await
    }

    async fn merge(&self, repository: &str, title: &str, approved_by: &[&str]) -> Result<u64> {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: repository.to_owned(),
            title: title.to_owned(),
            author: "alice".to_owned(),
            approved_by: approved_by
                .iter()
                .map(|login| (*login).to_owned())
                .collect(),
            ..MergeNow::default()
        };
        github::merge(&self.github, &what).await
    }

    /// Deletes the Lease: a killed holder's would keep its successor waiting for 15 s.
    ///
    /// # Errors
    /// The API server's.
    pub async fn free_lease(&self) -> Result<()> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        match leases.delete("mergeaudit", &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            deleted => deleted.map(drop).context("deleting the Lease"),
        }
    }

    /// The policies of this world.
    pub fn policies(&self) -> Api<DynamicObject> {
        self.api("AuditPolicy", "auditpolicies")
    }

    /// The findings of this world.
    pub fn findings_api(&self) -> Api<DynamicObject> {
        self.api("AuditFinding", "auditfindings")
    }

    fn api(&self, kind: &str, plural: &str) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("mergeaudit.io", "v1alpha1", kind);
        let resource = ApiResource::from_gvk_with_plural(&kind, plural);
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }
}

impl Drop for LocalWorld {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Not `eprintln!`: a library does not print; a failing test does.
            let _ = writeln!(
                std::io::stderr(),
                "the operator's log:\n{}",
                self.operator.log()
            );
        }
    }
}

/// A condition of an object: `(status, reason)`.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<(&'a str, &'a str)> {
    let conditions = object["status"]["conditions"].as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == kind)?;
    Some((found["status"].as_str()?, found["reason"].as_str()?))
}
