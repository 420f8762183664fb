//! Starts the three processes in order, and again on other ports when somebody else took one.
//!
//! The flags and why they suffice: what envtest passes (<https://book.kubebuilder.io/reference/envtest>), and the controller
//! manager beside it, each controller as its own service account as in a real cluster.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{access, wait_for_default_service_account};
use crate::{
    certificates::Authority,
    poll::Wait,
    ports,
    process::{Launch, Process},
    progress,
    tools::ControlPlaneTools,
};

/// How often a start is tried on new ports.
const ATTEMPTS: u32 = 5;

/// How long the API server may take to get ready: two seconds on an idle machine, much longer on one that builds.
const READY_TIMEOUT: Duration = Duration::from_mins(2);

/// A control plane that has come up.
pub(super) struct Running {
    pub(super) processes: Vec<Process>,
    pub(super) authority: Authority,
    pub(super) server: String,
    pub(super) kubeconfig: PathBuf,
    pub(super) directory: TempDir,
}

/// Ports of one attempt, all on 127.0.0.1.
struct Ports {
    etcd: u16,
    etcd_peers: u16,
    apiserver: u16,
    controller_manager: u16,
}

/// What the processes of one attempt have in common.
struct Site<'a> {
    directory: &'a Path,
    certificates: &'a Authority,
    ports: &'a Ports,
    tools: &'a ControlPlaneTools,
}

/// Starts everything, or says why it does not come up.
pub(super) async fn start(tools: &ControlPlaneTools) -> Result<Running> {
    for _ in 1..ATTEMPTS {
        match attempt(tools).await {
            Err(error) if ports::is_collision(&error) => {
                progress::say("a port was taken meanwhile; trying others");
            }
            outcome => return outcome,
        }
    }
    attempt(tools).await
}

async fn attempt(tools: &ControlPlaneTools) -> Result<Running> {
    let directory = tempfile::Builder::new()
        .prefix("mergeaudit-cluster-")
        .tempdir()
        .context("creating the control plane's directory")?;
    let authority = Authority::create(&directory.path().join("certificates"))?;
    let [etcd, etcd_peers, apiserver, controller_manager] = ports::free()?;
    let ports = Ports {
        etcd,
        etcd_peers,
        apiserver,
        controller_manager,
    };
    let server = format!("https://127.0.0.1:{apiserver}");
    let admin = access::Credentials::Certificate(
        authority.client_identity("admin", Some("system:masters"))?,
    );
    let kubeconfig =
        access::write_kubeconfig(directory.path(), "admin", &server, &authority, admin)?;
    let site = Site {
        directory: directory.path(),
        certificates: &authority,
        ports: &ports,
        tools,
    };

    // The API server waits for etcd by itself; the controller manager gives up when the API server is not there yet.
    // Newest first, which is the order of the end: nobody loses whom it calls before it goes.
    let mut processes = vec![site.start_apiserver()?, site.start_etcd()?];
    wait_until_ready(&mut processes, &kubeconfig).await?;
    processes.insert(0, site.start_controller_manager(&kubeconfig)?);
    wait_for_controllers(&mut processes, &kubeconfig).await?;
    Ok(Running {
        processes,
        authority,
        server,
        kubeconfig,
        directory,
    })
}

// === impl Site ===

impl Site<'_> {
    fn start_etcd(&self) -> Result<Process> {
        let Ports {
            etcd, etcd_peers, ..
        } = self.ports;
        let arguments = vec![
            format!("--data-dir={}", self.directory.join("etcd").display()),
            format!("--listen-client-urls=http://127.0.0.1:{etcd}"),
            format!("--advertise-client-urls=http://127.0.0.1:{etcd}"),
            format!("--listen-peer-urls=http://127.0.0.1:{etcd_peers}"),
            // The data dies with the test: what a power cut would lose does not matter.
            "--unsafe-no-fsync=true".to_owned(),
        ];
        self.run("etcd", &self.tools.etcd, arguments)
    }

    fn start_apiserver(&self) -> Result<Process> {
        let Ports {
            etcd, apiserver, ..
        } = self.ports;
        let file = |name| self.certificates.file(name);
        let arguments = vec![
            format!("--etcd-servers=http://127.0.0.1:{etcd}"),
            format!(
                "--cert-dir={}",
                self.directory.join("certificates").display()
            ),
            format!("--tls-cert-file={}", file("apiserver.crt")),
            format!("--tls-private-key-file={}", file("apiserver.key")),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={apiserver}"),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--allow-privileged=true".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
            format!("--service-account-issuer=https://127.0.0.1:{apiserver}/"),
            format!("--service-account-key-file={}", file("sa.pub")),
            format!("--service-account-signing-key-file={}", file("sa.key")),
            format!("--client-ca-file={}", file("client-ca.crt")),
        ];
        self.run("kube-apiserver", &self.tools.kube_apiserver, arguments)
    }

    fn start_controller_manager(&self, kubeconfig: &Path) -> Result<Process> {
        let file = |name| self.certificates.file(name);
        let arguments = vec![
            format!("--kubeconfig={}", kubeconfig.display()),
            "--leader-elect=false".to_owned(),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={}", self.ports.controller_manager),
            // Its serving certificate goes here; the default is a directory of the system.
            format!(
                "--cert-dir={}",
                self.directory.join("controller-manager").display()
            ),
            "--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics".to_owned(),
            "--use-service-account-credentials=true".to_owned(),
            format!(
                "--flex-volume-plugin-dir={}",
                self.directory.join("plugins").display()
            ),
            format!("--service-account-private-key-file={}", file("sa.key")),
            format!("--root-ca-file={}", file("apiserver-ca.crt")),
            // No node will ever ask for addresses.
            "--controllers=*,-node-ipam-controller".to_owned(),
        ];
        self.run(
            "kube-controller-manager",
            &self.tools.kube_controller_manager,
            arguments,
        )
    }

    fn run(&self, name: &str, program: &Path, arguments: Vec<String>) -> Result<Process> {
        Process::start(Launch {
            name,
            program,
            arguments,
            environment: Vec::new(),
            working_directory: self.directory,
            log: self.directory.join(format!("{name}.log")),
            scratch: Some(self.directory),
        })
    }
}

async fn wait_until_ready(processes: &mut [Process], kubeconfig: &Path) -> Result<()> {
    let client = access::client_from_file(kubeconfig).await?;
    let wait = Wait::new("kube-apiserver to get ready", READY_TIMEOUT);
    loop {
        all_running(processes)?;
        let request = http::Request::get("/readyz")
            .body(Vec::new())
            .context("asking for /readyz")?;
        let Err(error) = client.request_text(request).await else {
            return Ok(());
        };
        wait.pause(&error.to_string())
            .await
            .with_context(|| log_tails(processes))?;
    }
}

async fn wait_for_controllers(processes: &mut [Process], kubeconfig: &Path) -> Result<()> {
    let client = access::client_from_file(kubeconfig).await?;
    let waiting = wait_for_default_service_account(client, "default").await;
    all_running(processes)?;
    waiting.with_context(|| log_tails(processes))
}

/// An error with the log's end when one of the processes has ended.
fn all_running(processes: &mut [Process]) -> Result<()> {
    for process in processes {
        if let Some(status) = process.exit_status()? {
            bail!(
                "{} ended with {status}; its log ends with:\n{}",
                process.name(),
                process.log_tail()
            );
        }
    }
    Ok(())
}

fn log_tails(processes: &[Process]) -> String {
    let tails = processes.iter().map(|process| {
        format!(
            "the log of {} ends with:\n{}\n",
            process.name(),
            process.log_tail()
        )
    });
    tails.collect::<String>() + "starting the control plane"
}
