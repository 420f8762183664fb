//! A Kubernetes control plane of real parts on loopback: etcd, kube-apiserver, kube-controller-manager.
//!
//! Custom resources, admission, RBAC, owner references, namespaces and service accounts behave as in a cluster. No node and
//! no scheduler: pods stay Pending.

mod access;
mod launch;

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use tokio::{io::AsyncWriteExt, process::Command, sync::OnceCell};

use crate::{certificates::Authority, poll::Wait, process::Process, tools::ControlPlaneTools};
use launch::Running;

/// How long a namespace may take to get its service account; it takes a fraction of a second on an idle machine.
const NAMESPACE_TIMEOUT: Duration = Duration::from_mins(1);

static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();

/// A running control plane.
///
/// Dropping it kills its processes and removes its files. Where nothing is dropped (a `static`, `std::process::exit`, an
/// abort, SIGKILL) the supervisor of each process does both as soon as this process has ended.
///
/// It belongs to no async runtime: tests with runtimes of their own can share it, each with its own [`client`](Self::client).
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: whoever calls goes before whom it calls, the files last.
    _processes: Vec<Process>,
    authority: Authority,
    server: String,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    directory: tempfile::TempDir,
}

// === impl ControlPlane ===

impl ControlPlane {
    /// Starts a control plane of its own, in about four seconds, and returns when the API server is ready and the
    /// controllers work (the `default` namespace has its service account). The first call on a machine builds the tools.
    ///
    /// # Errors
    /// When the tools cannot be had, or a process does not come up: the error then ends with the last lines of its log.
    pub async fn start() -> Result<Self> {
        let tools = tokio::task::spawn_blocking(ControlPlaneTools::find_or_build)
            .await
            .context("looking for the control plane's tools")??;
        let Running {
            processes,
            authority,
            server,
            kubeconfig,
            directory,
        } = launch::start(&tools).await?;
        Ok(Self {
            _processes: processes,
            authority,
            server,
            kubectl: tools.kubectl,
            kubeconfig,
            directory,
        })
    }

    /// The one control plane of this test binary, started by whoever asks first. Rust drops no statics: it goes when the
    /// process ends. Tests keep apart by [`namespace`](Self::namespace); a test that changes cluster-wide objects
    /// others rely on starts its own.
    ///
    /// # Errors
    /// Those of [`start`](Self::start); the next caller tries again.
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(Self::start).await
    }

    /// The API server's address, `https://127.0.0.1:<port>`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Where everything of it is: certificates, data, logs (`<process>.log`).
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A kubeconfig file with the rights of `system:masters`.
    pub fn kubeconfig_path(&self) -> &Path {
        &self.kubeconfig
    }

    /// A kubectl that fits the API server.
    pub fn kubectl_path(&self) -> &Path {
        &self.kubectl
    }

    /// A new client with the rights of `system:masters`. Ask for one in each test: a client's connections live in the
    /// runtime that made it.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub async fn client(&self) -> Result<Client> {
        access::client_from_file(&self.kubeconfig).await
    }

    /// A new client that acts as a user, by a client certificate; `group` is what the certificate's O says.
    ///
    /// # Errors
    /// When the certificate or the client cannot be made.
    pub async fn client_for(&self, user: &str, group: Option<&str>) -> Result<Client> {
        access::client_from_file(&self.kubeconfig_for(user, group)?).await
    }

    /// A kubeconfig file of a user, as in [`client_for`](Self::client_for); it is removed with the control plane.
    ///
    /// # Errors
    /// When the certificate cannot be made or the file cannot be written.
    pub fn kubeconfig_for(&self, user: &str, group: Option<&str>) -> Result<PathBuf> {
        let identity = self.authority.client_identity(user, group)?;
        let credentials = access::Credentials::Certificate(identity);
        access::write_kubeconfig(
            self.directory(),
            user,
            &self.server,
            &self.authority,
            credentials,
        )
    }

    /// A kubeconfig file of a service account, by a token that the API server issues for an hour: what a pod with that
    /// account may do.
    ///
    /// # Errors
    /// When the API server issues no token, or the file cannot be written.
    pub async fn kubeconfig_for_service_account(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf> {
        let token = access::service_account_token(self.client().await?, namespace, name).await?;
        let credentials = access::Credentials::Token(token);
        access::write_kubeconfig(
            self.directory(),
            &format!("{namespace}.{name}"),
            &self.server,
            &self.authority,
            credentials,
        )
    }

    /// Creates a namespace that nobody else has, `<prefix>-<random>`, and returns its name when pods could start in it
    /// (it has its `default` service account).
    ///
    /// # Errors
    /// When the API server refuses it (`prefix` must be a DNS label), or no controller gives it a service account.
    pub async fn namespace(&self, prefix: &str) -> Result<String> {
        let client = self.client().await?;
        let metadata = ObjectMeta {
            generate_name: Some(format!("{prefix}-")),
            ..ObjectMeta::default()
        };
        let wanted = Namespace {
            metadata,
            ..Namespace::default()
        };
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let created = namespaces.create(&PostParams::default(), &wanted).await;
        let name = created
            .with_context(|| format!("creating a namespace {prefix}-…"))?
            .metadata
            .name;
        let name = name.context("the API server returned a namespace without a name")?;
        wait_for_default_service_account(client, &name).await?;
        Ok(name)
    }

    /// Runs kubectl as `system:masters`; how it ended and what it printed is in the output.
    ///
    /// # Errors
    /// When kubectl cannot be run at all.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<Output> {
        self.kubectl_with_input(arguments, "").await
    }

    /// Runs kubectl as [`kubectl`](Self::kubectl) does, with a text on its standard input.
    ///
    /// # Errors
    /// When kubectl cannot be run at all.
    pub async fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let running = || format!("running kubectl {}", arguments.join(" "));
        let mut child = Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            // The default cache is keyed by host and port: another control plane's resources would be found in it.
            .arg("--cache-dir")
            .arg(self.directory().join("kubectl-cache"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(running)?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // A kubectl that does not read its input closes it: its own message says more than our broken pipe.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        // Together: neither side waits for a full pipe of the other.
        let ((), output) = tokio::join!(write, child.wait_with_output());
        output.with_context(running)
    }

    /// Applies manifests (YAML, any number of documents) with `kubectl apply` and returns what it printed.
    ///
    /// # Errors
    /// When kubectl fails: the error holds what it printed.
    pub async fn apply(&self, manifests: &str) -> Result<String> {
        let output = self
            .kubectl_with_input(&["apply", "-f", "-"], manifests)
            .await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "kubectl apply: {}: {}",
            output.status,
            errors.trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &errors)
    }
}

/// Without its default service account a namespace takes no pods; and a controller has to be at work to make it.
async fn wait_for_default_service_account(client: Client, namespace: &str) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let what = format!("the default service account of namespace {namespace}");
    let wait = Wait::new(what, NAMESPACE_TIMEOUT);
    loop {
        match accounts.get_opt("default").await {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => wait.pause("it does not exist").await?,
            Err(error) => wait.pause(&error.to_string()).await?,
        }
    }
}
