//! Functions that ask WASI for a time, for randomness, for files and for the network, and say what they got.

mod bindings;

use arrowbox_sdk::scalar;
use bindings::wasi::cli::{environment, exit, stderr, stdout};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};
use bindings::wasi::filesystem::{preopens, types};
use bindings::wasi::random::random;
use bindings::wasi::sockets::{instance_network, ip_name_lookup, network, tcp_create_socket};

/// Seconds since 1970.
#[scalar]
pub fn seconds(_n: i64) -> i64 {
    wall_clock::now().seconds as i64
}

/// Milliseconds that a pause of so many took, by the guest's own clock.
#[scalar]
pub fn pause(milliseconds: i64) -> i64 {
    let before = monotonic_clock::now();
    monotonic_clock::subscribe_duration(milliseconds as u64 * 1_000_000).block();
    ((monotonic_clock::now() - before) / 1_000_000) as i64
}

/// A random number.
#[scalar]
pub fn chance(_n: i64) -> i64 {
    random::get_random_u64() as i64
}

/// A variable of the environment.
#[scalar]
pub fn variable(name: &str) -> Option<String> {
    let all = environment::get_environment();
    all.into_iter()
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// The beginning of a file, or why not.
#[scalar]
pub fn contents(path: &str) -> String {
    let open = |directory: &types::Descriptor| {
        directory.open_at(
            types::PathFlags::empty(),
            path,
            types::OpenFlags::empty(),
            types::DescriptorFlags::READ,
        )
    };
    match preopens::get_directories().first() {
        None => "no directories".to_owned(),
        Some((directory, _)) => match open(directory).and_then(|file| file.read(100, 0)) {
            Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("{error:?}"),
        },
    }
}

/// Writes a file, or says why not.
#[scalar]
pub fn written(path: &str) -> String {
    match preopens::get_directories().first() {
        None => "no directories".to_owned(),
        Some((directory, _)) => {
            let file = directory.open_at(
                types::PathFlags::empty(),
                path,
                types::OpenFlags::CREATE,
                types::DescriptorFlags::WRITE,
            );
            match file {
                Ok(_) => "written".to_owned(),
                Err(error) => format!("{error:?}"),
            }
        }
    }
}

/// What becomes of a connection to a port of this machine.
#[scalar]
pub fn connected(port: i64) -> String {
    match connect(port as u16) {
        Ok(()) => "connected".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

fn connect(port: u16) -> Result<(), network::ErrorCode> {
    let socket = tcp_create_socket::create_tcp_socket(network::IpAddressFamily::Ipv4)?;
    let network = instance_network::instance_network();
    let address = network::Ipv4SocketAddress {
        port,
        address: (127, 0, 0, 1),
    };
    socket.start_connect(&network, network::IpSocketAddress::Ipv4(address))?;
    socket.subscribe().block();
    socket.finish_connect().map(drop)
}

/// Whether a name can be looked up.
#[scalar]
pub fn looked_up(name: &str) -> String {
    let network = instance_network::instance_network();
    match ip_name_lookup::resolve_addresses(&network, name) {
        Ok(_) => "looked up".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

/// Says a line on both streams.
#[scalar]
pub fn said(line: &str) -> i64 {
    let bytes = format!("{line}\n").into_bytes();
    let written = [stdout::get_stdout(), stderr::get_stderr()]
        .map(|stream| stream.blocking_write_and_flush(&bytes).is_ok());
    written.iter().filter(|written| **written).count() as i64
}

/// Ends itself.
#[scalar]
pub fn ended(_n: i64) -> i64 {
    let _ = stderr::get_stderr().blocking_write_and_flush(b"these were my last words\n");
    exit::exit(Err(()));
    0
}

arrowbox_sdk::export!(
    seconds, pause, chance, variable, contents, written, connected, looked_up, said, ended,
);
