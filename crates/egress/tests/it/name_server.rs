//! A name server that says what a test wants, over UDP and TCP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

pub(crate) const NO_ERROR: u8 = 0;
pub(crate) const SERVER_FAILURE: u8 = 2;
pub(crate) const NO_SUCH_NAME: u8 = 3;
pub(crate) const REFUSED: u8 = 5;

/// The longest answer over UDP; longer ones are cut, and asked for again over TCP.
const UDP_BYTES_MAX: usize = 512;

/// What is asked: for the addresses of one family of a name.
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) ipv6: bool,
}

/// What is said.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Addresses of both families, of which those that were asked for are given; good for no time at all.
    Addresses(Vec<IpAddr>),
    /// Likewise, good for this many seconds.
    Lasting(u32, Vec<IpAddr>),
    /// It is another name for this one, which has these addresses.
    Alias(&'static str, Vec<IpAddr>),
    /// No records, and this code.
    Code(u8),
    /// Bytes that are no message.
    Nonsense,
    /// Nothing.
    Silence,
}

/// Starts one.
pub(crate) async fn name_server<F>(says: F) -> SocketAddr
where
    F: Fn(&Question) -> Reply + Send + Sync + 'static,
{
    let says = Arc::new(says);
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(at).await.unwrap();
    let over_tcp = Arc::clone(&says);
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            tokio::spawn(serve_tcp(stream, Arc::clone(&over_tcp)));
        }
    });
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, asker)) = udp.recv_from(&mut buffer).await {
            if let Some(mut message) = answer(&buffer[..length], says.as_ref()) {
                if message.len() > UDP_BYTES_MAX {
                    // Cut after the question: ask again over TCP.
                    message[2] |= 2;
                    message[6..8].fill(0);
                    message.truncate(length.min(read_question(&buffer[..length]).1));
                }
                udp.send_to(&message, asker).await.unwrap();
            }
        }
    });
    at
}

async fn serve_tcp(mut stream: TcpStream, says: Arc<impl Fn(&Question) -> Reply>) {
    while let Ok(length) = stream.read_u16().await {
        let mut question = vec![0; length.into()];
        if stream.read_exact(&mut question).await.is_err() {
            return;
        }
        if let Some(message) = answer(&question, says.as_ref()) {
            let _gone = stream.write_u16(message.len().try_into().unwrap()).await;
            let _gone = stream.write_all(&message).await;
        }
    }
}

fn answer(asked: &[u8], says: &impl Fn(&Question) -> Reply) -> Option<Vec<u8>> {
    let (question, end) = read_question(asked);
    let (code, records) = match says(&question) {
        Reply::Silence => return None,
        Reply::Nonsense => return Some(vec![asked[0], asked[1], 0xff, 0xff, 0xff]),
        Reply::Code(code) => (code, vec![]),
        Reply::Addresses(addresses) => (NO_ERROR, records(&[0xc0, 12], 0, &addresses, question.ipv6)),
        Reply::Lasting(seconds, addresses) => {
            (NO_ERROR, records(&[0xc0, 12], seconds, &addresses, question.ipv6))
        }
        Reply::Alias(name, addresses) => {
            let mut all = vec![record(&[0xc0, 12], 5, 0, &written(name))];
            all.extend(records(&written(name), 0, &addresses, question.ipv6));
            (NO_ERROR, all)
        }
    };
    let mut message = asked[..2].to_vec();
    message.extend([0x81, 0x80 | code, 0, 1]);
    message.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    message.extend([0; 4]);
    message.extend(&asked[12..end]);
    message.extend(records.concat());
    Some(message)
}

/// The first question of a message, and where it ends.
fn read_question(message: &[u8]) -> (Question, usize) {
    let mut labels = Vec::new();
    let mut at = 12;
    while message[at] != 0 {
        let end = at + 1 + usize::from(message[at]);
        labels.push(String::from_utf8_lossy(&message[at + 1..end]).into_owned());
        at = end;
    }
    let ipv6 = message[at + 1..at + 3] == [0, 28];
    (Question { name: labels.join("."), ipv6 }, at + 5)
}

fn records(name: &[u8], seconds: u32, addresses: &[IpAddr], ipv6: bool) -> Vec<Vec<u8>> {
    let of_family = addresses.iter().filter(|address| address.is_ipv6() == ipv6);
    let record = |address: &IpAddr| match address {
        IpAddr::V4(address) => record(name, 1, seconds, &address.octets()),
        IpAddr::V6(address) => record(name, 28, seconds, &address.octets()),
    };
    of_family.map(record).collect()
}

fn record(name: &[u8], kind: u8, seconds: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [name, &[0, kind, 0, 1], &seconds.to_be_bytes(), &length, data].concat()
}

fn written(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(label.len().try_into().unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
