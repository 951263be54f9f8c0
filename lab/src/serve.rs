//! Starts the services and says when they are ready.

use crate::ServeArgs;
use crate::bigip::devices::BigIp;
use crate::bigip::ha::Side;
use crate::bigip::traffic;
use crate::ca::Ca;
use crate::front::{self, Arrival};
use crate::http::Service;
use crate::panos::estate::{Estate, FIRST, PANORAMA, SECOND};
use crate::panos::{self, serving};
use crate::seed;
use crate::state::{Endpoints, Lab, World};
use crate::tls::Endpoint;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as TcpSocket};
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// Serves until a signal arrives, or standard input closes if so asked.
pub(crate) async fn serve(args: &ServeArgs) -> Result<(), String> {
    run(args).await.map_err(|error| error.to_string())
}

async fn run(args: &ServeArgs) -> Result<(), Box<dyn Error>> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| "a crypto provider is already installed")?;
    let mut listeners = Vec::new();
    for (service, offset) in SERVICES {
        let port = match args.port_base {
            0 => 0,
            base => base.checked_add(offset).ok_or("the ports end at 65535")?,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|error| format!("127.0.0.1:{port}: {error}"))?;
        listeners.push((service, listener));
    }
    let endpoints = endpoints(&listeners)?;
    let files = tempfile::Builder::new()
        .prefix("certwright-lab-")
        .tempdir()?;
    let endpoint = Arc::new(Endpoint::new()?);
    let mut virtual_servers = Vec::new();
    let mut addresses = [[SocketAddr::from(([127, 0, 0, 1], 0)); 3]; 2];
    for (offset, address) in (VIRTUAL_SERVERS..).zip(addresses.as_flattened_mut()) {
        let socket = socket(args.port_base, offset)?;
        *address = socket.local_addr()?;
        virtual_servers.push(socket);
    }
    let bigip = BigIp::new(addresses);
    let mut services = Vec::new();
    let mut served = [SocketAddr::from(([127, 0, 0, 1], 0)); 4];
    for (offset, address) in (FIREWALL_SERVICES..).zip(&mut served) {
        let socket = socket(args.port_base, offset)?;
        *address = socket.local_addr()?;
        services.push(socket);
    }
    let panos = Estate::new(served);
    let (lab, ready) = build(endpoints, &endpoint, bigip, panos, files.path())?;
    traffic::start(&lab, virtual_servers)?;
    serving::start(&lab, services)?;

    for (service, listener) in listeners {
        let tls = (service != Service::Control)
            .then(|| endpoint_tls(&endpoint, &lab, service))
            .transpose()?;
        tokio::spawn(accept(Arc::clone(&lab), service, listener, tls));
    }
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    drop(stdout);
    stop(args.exit_with_stdin).await?;
    Ok(())
}

fn endpoint_tls(
    endpoint: &Arc<Endpoint>,
    lab: &Arc<Lab>,
    service: Service,
) -> Result<TlsAcceptor, Box<dyn Error>> {
    let mut config = endpoint.config(lab, service)?;
    if [Service::BigIp, Service::BigIpPeer].contains(&service) || panos::is_device(service) {
        // The web servers of the devices speak nothing newer.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn endpoints(listeners: &[(Service, TcpListener)]) -> Result<Endpoints, Box<dyn Error>> {
    let url = |wanted: Service| -> Result<String, Box<dyn Error>> {
        let (_, listener) = listeners
            .iter()
            .find(|(service, _)| *service == wanted)
            .ok_or("a service without a listener")?;
        let port = listener.local_addr()?.port();
        Ok(match wanted {
            Service::Control => format!("http://127.0.0.1:{port}"),
            _ => format!("https://localhost:{port}"),
        })
    };
    Ok(Endpoints {
        control: url(Service::Control)?,
        scm: url(Service::Scm)?,
        acme: url(Service::Acme)?,
        token: url(Service::Token)?,
        oauth: url(Service::ScmOauth)?,
        ari: url(Service::Ari)?,
        bigip: url(Service::BigIp)?,
        bigip_peer: url(Service::BigIpPeer)?,
        panos: url(Service::Panos)?,
        panos_peer: url(Service::PanosPeer)?,
        panorama: url(Service::Panorama)?,
    })
}

fn build(
    endpoints: Endpoints,
    endpoint: &Endpoint,
    bigip: BigIp,
    panos: Estate,
    directory: &Path,
) -> Result<(Arc<Lab>, Value), Box<dyn Error>> {
    let ca = Ca::new(&endpoints.control)?;
    let ca_file = write(directory, "lab-ca.pem", &endpoint.ca_pem())?;
    let roots_file = write(directory, "issuing-roots.pem", &ca.roots())?;
    let scm = seed::scm(&endpoints, OffsetDateTime::now_utc());

    let mut client_certificates = HashMap::new();
    for administrator in &scm.administrators {
        let login = &administrator.login;
        let client = endpoint.client(login)?;
        write(
            directory,
            &format!("client-{login}.pem"),
            &client.certificate,
        )?;
        write(directory, &format!("client-{login}.key"), &client.key)?;
        client_certificates.insert(login.clone(), client.der);
    }
    let login = seed::DEFAULT_LOGIN;
    let path = |name: String| directory.join(name).display().to_string();
    let password = scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == login)
        .map(|administrator| administrator.password.clone());
    let client = scm
        .api_clients
        .iter()
        .find(|client| client.id == seed::DEFAULT_CLIENT)
        .ok_or("the seed has no API client")?;
    let ready = json!({
        "control": endpoints.control,
        "ca_file": ca_file,
        "issuing_root_file": roots_file,
        "scm": {
            "url": format!("{}/api", endpoints.scm),
            "private_url": format!("{}/private/api", endpoints.scm),
            "login": login,
            "password": password,
            "customer_uri": seed::CUSTOMER,
            "client_cert_file": path(format!("client-{login}.pem")),
            "client_key_file": path(format!("client-{login}.key")),
        },
        "oauth": {
            "url": format!("{}/api", endpoints.oauth),
            "token_url": format!("{}{}", endpoints.token, crate::oauth::TOKEN_PATH),
            "client_id": client.id,
            "client_secret": client.secret,
        },
        "acme": {
            "DV": format!("{}/v2/DV", endpoints.acme),
            "OV": format!("{}/v2/OV", endpoints.acme),
            "EV": format!("{}/v2/EV", endpoints.acme),
        },
        "ari": format!("{}/renewalInfo", endpoints.ari),
        "bigip": bigip_json(&endpoints.bigip, &bigip, Side::A),
        "bigip_peer": bigip_json(&endpoints.bigip_peer, &bigip, Side::B),
        "panos": panos.ready(&endpoints.panos, FIRST),
        "panos_peer": panos.ready(&endpoints.panos_peer, SECOND),
        "panorama": panos.ready(&endpoints.panorama, PANORAMA),
        "administrators": seed::administrators_json(&scm),
        "organizations": seed::organizations_json(&scm),
    });
    let world = World::new(endpoints, ca, client_certificates, scm, bigip, panos);
    Ok((Arc::new(Lab::new(world)), ready))
}

/// The socket of a service that a device starts with.
fn socket(port_base: u16, offset: u16) -> Result<TcpSocket, Box<dyn Error>> {
    let port = match port_base {
        0 => 0,
        base => base.checked_add(offset).ok_or("the ports end at 65535")?,
    };
    let bound = TcpSocket::bind((Ipv4Addr::LOCALHOST, port));
    Ok(bound.map_err(|error| format!("127.0.0.1:{port}: {error}"))?)
}

fn bigip_json(url: &str, bigip: &BigIp, side: Side) -> Value {
    let users: Vec<Value> = bigip
        .users
        .iter()
        .map(|user| json!({"user": user.name, "password": user.password, "role": user.role.name()}))
        .collect();
    let default = bigip.users.iter().find(|user| user.name == "certs");
    let names = [
        "/Common/www_https",
        "/Web/shop_https",
        "/Common/passthrough",
    ];
    let servers: Vec<Value> = names
        .iter()
        .zip(bigip.addresses(side))
        .map(|(name, address)| {
            json!({"name": name, "address": address.ip().to_string(), "port": address.port()})
        })
        .collect();
    json!({
        "url": url,
        "user": default.map(|user| user.name),
        "password": default.map(|user| &user.password),
        "users": users,
        "virtual_servers": servers,
    })
}

fn write(directory: &Path, name: &str, text: &str) -> Result<String, std::io::Error> {
    let path = directory.join(name);
    fs::write(&path, text)?;
    Ok(path.display().to_string())
}

async fn accept(lab: Arc<Lab>, service: Service, listener: TcpListener, tls: Option<TlsAcceptor>) {
    loop {
        // A failed accept (too many open files) passes; the service goes on.
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (lab, tls) = (Arc::clone(&lab), tls.clone());
        tokio::spawn(async move {
            let mut arrival = Arrival {
                service,
                peer,
                client_cert: None,
                cut: Arc::new(Notify::new()),
            };
            match tls {
                None => connection(lab, arrival, stream).await,
                Some(tls) => {
                    let Some((stream, client_cert)) = handshake(&tls, stream).await else {
                        return;
                    };
                    arrival.client_cert = client_cert;
                    connection(lab, arrival, stream).await;
                }
            }
        });
    }
}

async fn handshake(
    tls: &TlsAcceptor,
    stream: TcpStream,
) -> Option<(tokio_rustls::server::TlsStream<TcpStream>, Option<Vec<u8>>)> {
    let stream = tls.accept(stream).await.ok()?;
    let (_, session) = stream.get_ref();
    let client_cert = session
        .peer_certificates()
        .and_then(<[_]>::first)
        .map(|certificate| certificate.to_vec());
    Some((stream, client_cert))
}

async fn connection<S>(lab: Arc<Lab>, arrival: Arrival, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let cut = Arc::clone(&arrival.cut);
    let service =
        service_fn(move |request| front::answer(Arc::clone(&lab), arrival.clone(), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // As the real servers spell them: some clients look no further.
    builder.http1().title_case_headers(true);
    // An error here is a client that went away.
    tokio::select! {
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
        () = cut.notified() => {}
    }
}

async fn stop(exit_with_stdin: bool) -> Result<(), std::io::Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stdin_closed = async {
        if exit_with_stdin {
            let mut sink = [0; 64];
            while tokio::io::stdin()
                .read(&mut sink)
                .await
                .is_ok_and(|n| n > 0)
            {}
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_closed => {}
    }
    Ok(())
}

/// First offset of the virtual servers, three of each unit.
const VIRTUAL_SERVERS: u16 = 10;
/// First offset of portals and gateways, two of each firewall.
const FIREWALL_SERVICES: u16 = 20;

/// Port offsets from `--port-base`.
const SERVICES: [(Service, u16); 11] = [
    (Service::Control, 0),
    (Service::Scm, 1),
    (Service::Acme, 2),
    (Service::Token, 3),
    (Service::ScmOauth, 4),
    (Service::Ari, 5),
    (Service::BigIp, 6),
    (Service::BigIpPeer, 7),
    (Service::Panos, 8),
    (Service::PanosPeer, 9),
    (Service::Panorama, 16),
];
