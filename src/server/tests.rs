//! Asked over real sockets.

use reqwest::{Client, Method};
use tokio::io::AsyncWriteExt;

use super::*;

struct Running {
    url: String,
    readiness: Readiness,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), Error>>,
}

async fn start() -> Running {
    let readiness = Readiness::new(&["policies", "findings"]);
    let metrics = Metrics::new().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(address, metrics, readiness.clone())
        .await
        .unwrap();
    let url = format!("http://{}", server.address());
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running {
        url,
        readiness,
        stop,
        task,
    }
}

async fn ask(running: &Running, method: Method, path: &str) -> (u16, String, String) {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(method, format!("{}{path}", running.url));
    let answer = request.send().await.unwrap();
    let content_type = answer
        .headers()
        .get("content-type")
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    (
        answer.status().as_u16(),
        content_type,
        answer.text().await.unwrap(),
    )
}

#[tokio::test]
async fn metrics_are_in_the_text_format() {
    let running = start().await;
    let (status, content_type, text) = ask(&running, Method::GET, "/metrics").await;
    assert_eq!(
        (status, content_type.as_str()),
        (200, "text/plain; version=0.0.4")
    );
    assert!(text.contains("\nmergeaudit_leader 0\n"), "{text}");
}

#[tokio::test]
async fn ready_names_what_is_missing() {
    let running = start().await;
    let (status, _, text) = ask(&running, Method::GET, "/readyz").await;
    assert_eq!(
        (status, text.as_str()),
        (503, "not ready, waiting for: findings, policies\n")
    );
    running.readiness.set("findings", true);
    let (status, _, text) = ask(&running, Method::GET, "/readyz").await;
    assert_eq!(
        (status, text.as_str()),
        (503, "not ready, waiting for: policies\n")
    );
    running.readiness.set("policies", true);
    let (status, ..) = ask(&running, Method::GET, "/readyz").await;
    assert_eq!(status, 200);
    running.readiness.set("policies", false);
    let (status, ..) = ask(&running, Method::GET, "/readyz").await;
    assert_eq!(status, 503);
}

#[tokio::test]
async fn the_process_is_healthy_before_it_is_ready() {
    let running = start().await;
    let (status, _, text) = ask(&running, Method::GET, "/healthz").await;
    assert_eq!((status, text.as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let running = start().await;
    let (status, _, text) = ask(&running, Method::GET, "/debug").await;
    assert_eq!(status, 404);
    assert!(text.contains("/readyz"), "{text}");
    for path in ["/metrics", "/healthz", "/readyz"] {
        let (status, ..) = ask(&running, Method::POST, path).await;
        assert_eq!(status, 405, "{path}");
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::bind(address, Metrics::new().unwrap(), Readiness::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn shutdown_ends_the_server_and_frees_the_port() {
    let running = start().await;
    assert_eq!(ask(&running, Method::GET, "/healthz").await.0, 200);
    running.stop.send(()).unwrap();
    running.task.await.unwrap().unwrap();
    let address = running.url.trim_start_matches("http://");
    assert!(TcpListener::bind(address).await.is_ok());
}

#[tokio::test]
async fn a_client_that_never_finishes_its_request_does_not_hold_up_shutdown() {
    let running = start().await;
    let address = running.url.trim_start_matches("http://").to_owned();
    let mut stuck = tokio::net::TcpStream::connect(address).await.unwrap();
    stuck.write_all(b"GET /metrics HTTP/1.1\r\n").await.unwrap();
    assert_eq!(ask(&running, Method::GET, "/healthz").await.0, 200);
    running.stop.send(()).unwrap();
    let ended = tokio::time::timeout(SHUTDOWN_GRACE * 4, running.task).await;
    ended.unwrap().unwrap().unwrap();
}
