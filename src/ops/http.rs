//! `/livez`, `/readyz` and `/metrics`, for whoever watches over the process.

use super::Status;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many watchers may be connected at once.
const CONNECTIONS: usize = 32;
/// How long one connection lasts at most.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait when the system gives no more connections.
const BREATH: Duration = Duration::from_millis(100);

/// Answers until `stop`.
pub async fn serve(listener: TcpListener, status: Status, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let status = status.clone();
        tokio::spawn(async move {
            drop(tokio::time::timeout(PATIENCE, connection(stream, status)).await);
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, status: Status) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let response = respond(request.method(), request.uri().path(), &status);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE / 3);
    if let Err(cause) = http.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(%cause, "a connection for health or metrics broke");
    }
}

fn respond(method: &Method, path: &str, status: &Status) -> Response<Full<Bytes>> {
    let ready = if status.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let (code, text) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/livez") => (StatusCode::OK, "loondossier lives\n".into()),
        (&Method::GET | &Method::HEAD, "/readyz") => {
            (ready, if status.ready() { "ready\n" } else { "not ready\n" }.into())
        }
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, metrics(status)),
        (&Method::GET | &Method::HEAD, _) => (StatusCode::NOT_FOUND, "not found\n".into()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = code;
    let plain = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// The Prometheus text format.
fn metrics(status: &Status) -> String {
    let build = concat!("loondossier_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    let up = if status.ready() { 1.0 } else { 0.0 };
    let figures = [
        (build, "What runs.", Some(1.0)),
        ("loondossier_up", "Whether new work is taken.", Some(up)),
        ("loondossier_uptime_seconds", "Since the start.", Some(status.uptime().as_secs_f64())),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", resident_memory()),
    ];
    let told = figures.into_iter().filter_map(|(metric, help, value)| {
        let name = metric.split('{').next()?;
        Some(format!("# HELP {name} {help}\n# TYPE {name} gauge\n{metric} {}\n", value?))
    });
    told.collect()
}

/// `VmRSS` of `/proc/self/status`, which is in KiB.
fn resident_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    #[tokio::test]
    async fn health_and_metrics_follow_the_status() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (status, stop) = (Status::default(), CancellationToken::new());
        let server = tokio::spawn(serve(listener, status.clone(), stop.clone()));

        assert_eq!(get(address, "/livez").await.0, 200);
        assert_eq!(get(address, "/readyz").await.0, 503);
        status.set_open(true);
        status.storage_answered();
        assert_eq!(get(address, "/readyz").await, (200, "ready\n".into()));
        assert_eq!(get(address, "/secret").await.0, 404);
        let (code, text) = get(address, "/metrics").await;
        assert_eq!(code, 200);
        assert!(text.contains("\nloondossier_up 1\n"), "{text}");
        assert!(text.contains("loondossier_build_info{version=\""), "{text}");
        assert!(text.contains("\nprocess_resident_memory_bytes "), "{text}");

        stop.cancel();
        server.await.unwrap();
    }

    #[test]
    fn what_is_not_asked_is_not_answered() {
        let status = Status::default();
        assert_eq!(respond(&Method::POST, "/livez", &status).status(), 405);
    }
}
