//! Machines of a network that exist in one kernel.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What names of ours begin with.
const PREFIX: &str = "abx";
/// Where the kernel lists the namespaces that have names.
const NAMED: &str = "/run/netns";

/// Namespaces with an address each, joined by a switch in one more of them, from which cables can be pulled.
///
/// They are gone when it is dropped; what a killed process left is removed by the next one.
#[derive(Debug)]
pub struct Network {
    name: String,
    machines: usize,
}

/// Why there is no such network here.
#[derive(Debug)]
pub struct NoNetwork(String);

impl fmt::Display for NoNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are no network namespaces here: {}", self.0)
    }
}

impl Network {
    /// A network of so many machines.
    ///
    /// # Errors
    ///
    /// Where the system does not allow it.
    pub fn new(machines: usize) -> Result<Self, NoNetwork> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        remove_stale();
        let number = MADE.fetch_add(1, Relaxed);
        let network = Self {
            name: format!("{PREFIX}{}-{number}", process::id()),
            machines,
        };
        let switch = network.switch();
        ip(&["netns", "add", &switch])?;
        ip(&["-n", &switch, "link", "add", "switch", "type", "bridge"])?;
        ip(&["-n", &switch, "link", "set", "switch", "up"])?;
        for machine in 0..machines {
            let name = network.machine(machine);
            let cable = format!("cable{machine}");
            ip(&["netns", "add", &name])?;
            ip(&["-n", &name, "link", "set", "lo", "up"])?;
            ip(&[
                "-n", &switch, "link", "add", &cable, "type", "veth", "peer", "name", "eth0",
                "netns", &name,
            ])?;
            ip(&["-n", &switch, "link", "set", &cable, "up"])?;
            let address = format!("{}/24", network.address(machine));
            ip(&["-n", &name, "address", "add", &address, "dev", "eth0"])?;
            ip(&["-n", &name, "link", "set", "eth0", "up"])?;
            network.plug(machine)?;
        }
        Ok(network)
    }

    /// The address of a machine.
    pub fn address(&self, machine: usize) -> String {
        format!("10.77.0.{}", machine + 1)
    }

    /// What runs a program on a machine.
    pub fn on(&self, machine: usize) -> [String; 4] {
        ["ip", "netns", "exec", &self.machine(machine)].map(str::to_owned)
    }

    /// Connects a machine with the others.
    ///
    /// # Errors
    ///
    /// Where the system does not allow it.
    pub fn plug(&self, machine: usize) -> Result<(), NoNetwork> {
        let cable = format!("cable{machine}");
        ip(&[
            "-n",
            &self.switch(),
            "link",
            "set",
            &cable,
            "master",
            "switch",
        ])
    }

    /// Disconnects a machine, which notices nothing but silence.
    ///
    /// # Errors
    ///
    /// Where the system does not allow it.
    pub fn unplug(&self, machine: usize) -> Result<(), NoNetwork> {
        let cable = format!("cable{machine}");
        ip(&["-n", &self.switch(), "link", "set", &cable, "nomaster"])
    }

    fn switch(&self) -> String {
        format!("{}-switch", self.name)
    }

    fn machine(&self, machine: usize) -> String {
        format!("{}-{machine}", self.name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let machines = (0..self.machines).map(|machine| self.machine(machine));
        for name in machines.chain([self.switch()]) {
            // It may not have come so far.
            let _ = ip(&["netns", "delete", &name]);
        }
    }
}

fn ip(words: &[&str]) -> Result<(), NoNetwork> {
    let command = words.join(" ");
    let output = Command::new("ip")
        .args(words)
        .output()
        .map_err(|error| NoNetwork(format!("ip: {error}")))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(NoNetwork(format!(
            "ip {command}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))),
    }
}

/// Removes namespaces of processes that were killed.
fn remove_stale() {
    let Ok(entries) = fs::read_dir(NAMED) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('-'))
            .map(|(owner, _)| owner);
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            // Somebody else may do the same.
            let _ = ip(&["netns", "delete", &name]);
        }
    }
}
