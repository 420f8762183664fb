//! A server that gives prepared answers, one a connection, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mergeaudit::github::{Client, Credentials, Endpoint, Options};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const TOKEN: &str = "ghp_s3cr3tOfTheTest";

/// One prepared answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status, headers and a body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// The connection ends at once.
    Close,
    /// The connection ends in the middle of the body.
    Truncated,
    /// No answer for as long as the client waits.
    Silence,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// The server; the last reply is given again and again.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

// === impl Reply ===

impl Reply {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Http(200, Vec::new(), body.to_string())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Http(status, Vec::new(), "<html>sorry</html>".to_owned())
    }

    pub(crate) fn message(status: u16, message: &str) -> Self {
        let body = serde_json::json!({ "message": message });
        Self::Http(status, Vec::new(), body.to_string())
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        let Self::Http(status, mut headers, body) = self else {
            panic!("it has no headers")
        };
        headers.push((name, value.into()));
        Self::Http(status, headers, body)
    }
}

// === impl Asked ===

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let is_named = |pair: &&(String, String)| pair.0.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(is_named)
            .map(|pair| pair.1.as_str())
            .collect()
    }
}

// === impl Scripted ===

impl Scripted {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, replies) = (Arc::clone(&asked), replies.into_iter().collect());
        tokio::spawn(serve(listener, replies, log));
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url, options())
    }
}

/// Options that do not make tests wait.
pub(crate) fn options() -> Options {
    Options {
        backoff: Duration::from_millis(1),
        ..Options::default()
    }
}

pub(crate) fn client(url: &str, options: Options) -> Client {
    let credentials = Credentials::token(TOKEN.to_owned().into());
    Client::new(Endpoint::parse(url).unwrap(), credentials, options).unwrap()
}

async fn serve(listener: TcpListener, replies: Vec<Reply>, log: Arc<Mutex<Vec<Asked>>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Some(asked) = read(&mut stream).await else {
            continue;
        };
        let index = {
            let mut log = log.lock().unwrap();
            log.push(asked);
            log.len() - 1
        };
        let reply = replies
            .get(index)
            .or_else(|| replies.last())
            .cloned()
            .expect("a reply");
        tokio::spawn(answer(stream, reply));
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let asked = parse(head, body);
            let length = asked
                .header("content-length")
                .first()
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(asked);
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            return None;
        }
    }
}

fn parse(head: &str, body: &str) -> Asked {
    let mut lines = head.lines();
    let line = lines
        .next()
        .unwrap_or_default()
        .trim_end_matches(" HTTP/1.1")
        .to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = serde_json::from_str(body).unwrap_or_default();
    Asked {
        line,
        headers,
        body,
    }
}

async fn answer(mut stream: TcpStream, reply: Reply) {
    match reply {
        Reply::Http(status, headers, body) => {
            let headers: Vec<String> = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let (headers, length) = (headers.concat(), body.len());
            let text = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
        Reply::Truncated => {
            let text = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":";
            stream.write_all(text.as_bytes()).await.unwrap();
        }
        Reply::Close => {}
        Reply::Silence => {
            // Until the client hangs up.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    }
}
