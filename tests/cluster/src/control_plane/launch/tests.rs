//! Starts under bad conditions.

use std::net::{Ipv4Addr, TcpListener};

use super::*;

#[tokio::test]
async fn a_taken_port_of_any_server_is_replaced() {
    let tools = tokio::task::spawn_blocking(ControlPlaneTools::find_or_build)
        .await
        .unwrap()
        .unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = taken
        .local_addr()
        .map(|address| (address.port(), taken))
        .unwrap();
    let mut attempts = 0;
    let ports = || {
        attempts += 1;
        let free = Ports::free()?;
        Ok(match attempts {
            1 => Ports {
                etcd: taken.0,
                ..free
            },
            2 => Ports {
                etcd_peers: taken.0,
                ..free
            },
            3 => Ports {
                apiserver: taken.0,
                ..free
            },
            4 => Ports {
                controller_manager: taken.0,
                ..free
            },
            _ => free,
        })
    };
    start_on(ports, &tools).await.unwrap();
    assert_eq!(attempts, 5);
}

#[tokio::test]
async fn a_server_that_does_not_start_is_named_with_the_end_of_its_log() {
    let mut tools = tokio::task::spawn_blocking(ControlPlaneTools::find_or_build)
        .await
        .unwrap()
        .unwrap();
    // etcd knows none of kube-apiserver's flags.
    tools.kube_apiserver.clone_from(&tools.etcd);
    let error = start(&tools).await.err().unwrap().to_string();
    assert!(
        error.starts_with("kube-apiserver ended with exit status: "),
        "{error}"
    );
    assert!(error.contains("flag provided but not defined"), "{error}");
}
