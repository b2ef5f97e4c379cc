//! What the machine is and has.

use std::fs;

use crate::quantity::Bytes;

/// Of the memory that there is, what queries can have: the rest is for the system, for what is on its way
/// between machines, and for compiling.
const USABLE: f64 = 0.8;
/// Taken for the memory of a machine that does not say.
const UNKNOWN: u64 = 4 << 30;

/// What the machine is called.
pub(super) fn name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What queries can take of the memory that this process can have.
pub(super) fn usable_memory() -> Bytes {
    let installed = fs::read_to_string("/proc/meminfo").ok();
    let installed = installed.as_deref().and_then(total);
    let files = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let limits = files.into_iter().filter_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        // `max` where there is none.
        text.trim().parse::<u64>().ok()
    });
    let least = limits.chain(installed).min().unwrap_or(UNKNOWN);
    Bytes((least as f64 * USABLE) as u64)
}

/// The memory that the system says is there, in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_how_much_memory_there_is() {
        let text = "MemTotal:       32768000 kB\nMemFree:        1 kB\n";
        assert_eq!(total(text), Some(32_768_000 << 10));
        assert_eq!(total("MemFree: 1 kB"), None);
        assert!(usable_memory().0 > 0);
    }
}
