//! Starts the three processes in order, and again on other ports when somebody else took one.
//!
//! The flags and why they suffice: what envtest passes (<https://book.kubebuilder.io/reference/envtest>), and the controller
//! manager beside it, each controller as its own service account as in a real cluster.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use kube::Client;
use tempfile::TempDir;
use tokio::time::sleep;

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

/// How often it is asked whether all processes still run.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

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

// === impl Ports ===

impl Ports {
    /// Ports that are free now.
    fn free() -> Result<Self> {
        let [etcd, etcd_peers, apiserver, controller_manager] = ports::free()?;
        Ok(Self {
            etcd,
            etcd_peers,
            apiserver,
            controller_manager,
        })
    }
}

/// Starts everything, or says why it does not come up.
pub(super) async fn start(tools: &ControlPlaneTools) -> Result<Running> {
    start_on(Ports::free, tools).await
}

async fn start_on(
    mut ports: impl FnMut() -> Result<Ports>,
    tools: &ControlPlaneTools,
) -> Result<Running> {
    for _ in 1..ATTEMPTS {
        match attempt(&ports()?, tools).await {
            Err(error) if ports::is_collision(&error) => {
                progress::say("a port of the control plane was taken meanwhile; trying others");
            }
            outcome => return outcome,
        }
    }
    attempt(&ports()?, tools).await
}

async fn attempt(ports: &Ports, tools: &ControlPlaneTools) -> Result<Running> {
    let directory = tempfile::Builder::new()
        .prefix("mergeaudit-cluster-")
        .tempdir();
    let directory = directory.context("creating the control plane's directory")?;
    let authority = Authority::create(&directory.path().join("certificates"))?;
    let server = format!("https://127.0.0.1:{}", ports.apiserver);
    let admin = access::Credentials::Certificate(
        authority.client_identity("admin", Some("system:masters"))?,
    );
    let kubeconfig =
        access::write_kubeconfig(directory.path(), "admin", &server, &authority, admin)?;
    let site = Site {
        directory: directory.path(),
        certificates: &authority,
        ports,
        tools,
    };
    let processes = site.start(&kubeconfig).await?;
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
    /// The API server waits for etcd by itself; the controller manager gives up when the API server is not there yet.
    async fn start(&self, kubeconfig: &Path) -> Result<Vec<Process>> {
        let client = access::client_from_file(kubeconfig).await?;
        // Newest first, which is the order of the end: nobody loses whom it calls before it goes.
        let mut processes = vec![self.start_apiserver()?, self.start_etcd()?];
        while_running(&mut processes, wait_until_ready(client.clone())).await?;
        processes.insert(0, self.start_controller_manager(kubeconfig)?);
        while_running(
            &mut processes,
            wait_for_default_service_account(client, "default"),
        )
        .await?;
        Ok(processes)
    }

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

async fn wait_until_ready(client: Client) -> Result<()> {
    let wait = Wait::new("kube-apiserver to get ready", READY_TIMEOUT);
    loop {
        let request = http::Request::get("/readyz")
            .body(Vec::new())
            .context("asking for /readyz")?;
        let Err(error) = client.request_text(request).await else {
            return Ok(());
        };
        wait.pause(&error.to_string()).await?;
    }
}

/// What `waiting` comes to, or an error as soon as one of the processes has ended. Errors have the ends of the logs.
async fn while_running(
    processes: &mut [Process],
    waiting: impl Future<Output = Result<()>>,
) -> Result<()> {
    tokio::select! {
        outcome = waiting => outcome.with_context(|| log_tails(processes)),
        error = first_end(processes) => Err(error),
    }
}

/// Comes back when a process has ended, with the end of its log.
async fn first_end(processes: &mut [Process]) -> anyhow::Error {
    loop {
        for process in &mut *processes {
            match process.exit_status() {
                Ok(None) => {}
                Ok(Some(status)) => {
                    return anyhow!(
                        "{} ended with {status}; its log ends with:\n{}",
                        process.name(),
                        process.log_tail()
                    );
                }
                Err(error) => return error,
            }
        }
        sleep(LOOK_INTERVAL).await;
    }
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

#[cfg(test)]
mod tests;
