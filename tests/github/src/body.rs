//! Bodies as they leave: whole, compressed in chunks, cut off in the middle, or far too long.
use std::{
    future::Future as _,
    io::Write as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::{
    exchange::{Delivery, Reply},
    server::Dropped,
};

/// A piece of a body that is too long.
static FILLER: [u8; 65_536] = [b' '; 65_536];
/// Compressed bodies leave in pieces of this length, whatever they cut apart.
const PIECE: usize = 4096;
/// Bodies shorter than this are not worth compressing.
const WORTHWHILE: usize = 256;
/// How long the first half of a body that is cut off travels ahead of the end.
const HEAD_START: Duration = Duration::from_millis(5);

/// A body on its way.
#[derive(Debug)]
pub(crate) enum ReplyBody {
    /// All of it at once.
    Whole(Option<Bytes>),
    /// In pieces, without a `Content-Length`.
    Chunked(Bytes),
    /// As much as `Content-Length` promises will never come.
    Cut {
        first: Option<Bytes>,
        promised: u64,
        pause: Option<Pin<Box<Sleep>>>,
    },
    /// The real body, and then blanks, without a `Content-Length`.
    Oversized { first: Option<Bytes>, left: u64 },
}

impl ReplyBody {
    /// A reply's body, and whether it is compressed, which a client has to accept.
    pub(crate) fn of(reply: &Reply, accepts_gzip: bool) -> (Self, bool) {
        let blanks = match reply.delivery {
            Delivery::Bomb(blanks) => blanks,
            _ => 0,
        };
        let worthwhile = blanks > 0 || reply.body.len() >= WORTHWHILE;
        let whole = !matches!(reply.delivery, Delivery::Oversized(_));
        if !(accepts_gzip && worthwhile && whole) {
            return (Self::plain(reply, reply.body.clone()), false);
        }
        match (gzip(&reply.body, blanks), reply.delivery) {
            (Ok(body), Delivery::Truncated) => (Self::plain(reply, body), true),
            (Ok(body), _) => (Self::Chunked(body), true),
            (Err(_), _) => (Self::plain(reply, reply.body.clone()), false),
        }
    }

    fn plain(reply: &Reply, body: Bytes) -> Self {
        match reply.delivery {
            Delivery::Whole => Self::Whole(Some(body).filter(|body| !body.is_empty())),
            Delivery::Truncated => Self::Cut {
                promised: body.len() as u64,
                first: Some(body.slice(..body.len() / 2)),
                pause: None,
            },
            Delivery::Oversized(left) | Delivery::Bomb(left) => Self::Oversized {
                first: Some(body),
                left,
            },
        }
    }
}

fn gzip(body: &[u8], blanks: u64) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    for _ in 0..blanks / FILLER.len() as u64 {
        encoder.write_all(&FILLER)?;
    }
    encoder.finish().map(Bytes::from)
}

type Next = Option<Result<Frame<Bytes>, Dropped>>;

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next> {
        match &mut *self {
            Self::Whole(body) => Poll::Ready(body.take().map(Frame::data).map(Ok)),
            Self::Chunked(rest) => {
                let piece = rest.split_to(rest.len().min(PIECE));
                Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
            }
            Self::Cut { first, pause, .. } => {
                if let Some(first) = first.take() {
                    return Poll::Ready(Some(Ok(Frame::data(first))));
                }
                let pause = pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(HEAD_START)));
                pause.as_mut().poll(context).map(|()| Some(Err(Dropped)))
            }
            Self::Oversized { first, left } => {
                if let Some(first) = first.take() {
                    return Poll::Ready(Some(Ok(Frame::data(first))));
                }
                let length = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(FILLER.len());
                *left -= length as u64;
                Poll::Ready(
                    (length > 0)
                        .then(|| Bytes::from_static(&FILLER[..length]))
                        .map(Frame::data)
                        .map(Ok),
                )
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, Bytes::len) as u64),
            Self::Cut { promised, .. } => SizeHint::with_exact(*promised),
            Self::Chunked(_) | Self::Oversized { .. } => SizeHint::default(),
        }
    }
}
