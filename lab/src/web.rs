//! The web that the CA sees: every name points at the loopback address.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Fetches `http://<host><path>` from a local port. Redirects are not followed.
pub(crate) async fn fetch(
    port: u16,
    host: &str,
    path: &str,
) -> Result<(StatusCode, String), String> {
    match tokio::time::timeout(PATIENCE, get(port, host, path)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("timed out".to_owned()),
    }
}

async fn get(
    port: u16,
    host: &str,
    path: &str,
) -> Result<(StatusCode, String), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let request = Request::get(path)
        .header("Host", host)
        .header("User-Agent", "certwright-lab")
        .header("Connection", "close")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    driver.abort();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

const PATIENCE: Duration = Duration::from_secs(10);
