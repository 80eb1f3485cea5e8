//! Executables, setuid and setgid files, file capabilities, files that everyone may write.
//!
//! `security.capability` is `struct vfs_cap_data` of `linux/capability.h`, revisions 1 to 3: a magic word with the effective flag, then pairs of
//! permitted and inheritable masks (one in revision 1, two since), all little-endian; revision 3 adds the root user id of a namespace. Written
//! as `getcap` does for one set of flags: `cap_net_bind_service,cap_net_raw=ep`.

use probity_model::{
    Place,
    analyzer::FileMeta,
    facts::{FileFact, FileKind},
    target::EntryKind,
};

/// Bit by bit, `linux/capability.h`.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// Whether the first bytes are those of a program or library that a processor runs.
pub fn is_program(head: &[u8]) -> bool {
    matches!(file_kind(head), FileKind::Elf | FileKind::Pe | FileKind::MachO)
}

/// The fact about a file or folder whose mode matters; `None` for the others. `head` are the first bytes of its content, as many as there are.
pub fn file_fact(path: &str, kind: EntryKind<'_>, meta: FileMeta, capability: Option<&[u8]>, head: &[u8]) -> Option<FileFact> {
    let kind = match kind {
        EntryKind::File | EntryKind::HardLink(_) => file_kind(head),
        EntryKind::Folder => FileKind::Folder,
        EntryKind::Symlink(_) | EntryKind::Special | EntryKind::Whiteout | EntryKind::Opaque => return None,
    };
    let fact = FileFact {
        path: path.into(),
        mode: meta.mode & 0o7777,
        uid: meta.uid,
        gid: meta.gid,
        size: meta.size,
        kind,
        capabilities: capability.and_then(capabilities),
        at: Place::file(path),
    };
    let matters = if kind == FileKind::Folder {
        fact.is_world_writable()
    } else {
        fact.is_executable() || fact.is_setuid() || fact.is_setgid() || fact.is_world_writable() || fact.capabilities.is_some()
    };
    matters.then_some(fact)
}

fn file_kind(head: &[u8]) -> FileKind {
    match head {
        [0x7f, b'E', b'L', b'F', ..] => FileKind::Elf,
        [b'M', b'Z', ..] => FileKind::Pe,
        [b'#', b'!', ..] => FileKind::Script,
        // A universal binary (the last form) names a few architectures; the same magic with a large number is the class file version of Java.
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=30, ..] => FileKind::MachO,
        _ => FileKind::Other,
    }
}

/// `cap_net_raw=ep`; what cannot be decoded is said as hexadecimal, so that it is not lost.
fn capabilities(raw: &[u8]) -> Option<String> {
    if raw.is_empty() {
        return None;
    }
    Some(decode(raw).unwrap_or_else(|| format!("unknown:{}", crate::text::hex(raw.get(..24).unwrap_or(raw)))))
}

fn decode(raw: &[u8]) -> Option<String> {
    let word = |index: usize| -> Option<u32> {
        let bytes = raw.get(index * 4..index * 4 + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let magic = word(0)?;
    let effective = magic & 1 != 0;
    let (permitted, inheritable) = match magic >> 24 {
        1 => (u64::from(word(1)?), u64::from(word(2)?)),
        2 | 3 => (u64::from(word(1)?) | u64::from(word(3)?) << 32, u64::from(word(2)?) | u64::from(word(4)?) << 32),
        _ => return None,
    };
    let names = |mask: u64| -> String {
        let known = NAMES.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, name)| format!("cap_{name}"));
        let unknown = (NAMES.len()..64).filter(|bit| mask & (1 << bit) != 0).map(|bit| bit.to_string());
        known.chain(unknown).collect::<Vec<_>>().join(",")
    };
    let mut clauses = Vec::new();
    for (mask, flags) in [(permitted & inheritable, "ip"), (permitted & !inheritable, "p"), (inheritable & !permitted, "i")] {
        if mask != 0 {
            let effective = if effective { "e" } else { "" };
            clauses.push(format!("{}={effective}{flags}", names(mask)));
        }
    }
    if clauses.is_empty() {
        clauses.push("=".to_owned());
    }
    Some(clauses.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fact(kind: EntryKind<'_>, mode: u32, capability: Option<&[u8]>, head: &[u8], expected: &str) {
        let fact = file_fact("p", kind, FileMeta { mode, ..FileMeta::default() }, capability, head);
        let text = fact.map_or_else(|| "none".to_owned(), |f| format!("{:?} {:o} {}", f.kind, f.mode, f.capabilities.unwrap_or_default()));
        assert_eq!(text.trim_end(), expected);
    }

    #[test]
    fn modes() {
        fact(EntryKind::File, 0o644, None, b"\x7fELF", "none");
        fact(EntryKind::File, 0o104755, None, b"\x7fELF", "Elf 4755");
        fact(EntryKind::File, 0o2755, None, b"#!/bin/sh", "Script 2755");
        fact(EntryKind::File, 0o4644, None, b"", "Other 4644");
        fact(EntryKind::File, 0o666, None, b"MZ", "Pe 666");
        fact(EntryKind::Folder, 0o755, None, b"", "none");
        fact(EntryKind::Folder, 0o777, None, b"", "Folder 777");
        fact(EntryKind::Folder, 0o1777, None, b"", "none");
        fact(EntryKind::Symlink("x"), 0o777, None, b"", "none");
        fact(EntryKind::HardLink("x"), 0o4755, None, b"", "Other 4755");
        fact(EntryKind::File, 0o755, None, b"\xca\xfe\xba\xbe\x00\x00\x00\x02", "MachO 755");
        fact(EntryKind::File, 0o755, None, b"\xca\xfe\xba\xbe\x00\x00\x00\x41", "Other 755");
    }

    #[test]
    fn file_capabilities() {
        let v2 = |effective: u8, low: u32| [&[effective, 0, 0, 2][..], &low.to_le_bytes(), &[0; 12]].concat();
        fact(EntryKind::File, 0o644, Some(&v2(1, 1 << 13)), b"", "Other 644 cap_net_raw=ep");
        fact(EntryKind::File, 0o644, Some(&v2(0, 1 << 10 | 1 << 13)), b"", "Other 644 cap_net_bind_service,cap_net_raw=p");
        let v3 = [&[1, 0, 0, 3][..], &(1u32 << 21).to_le_bytes(), &[0; 4], &(1u32 << 7).to_le_bytes(), &[0; 8]].concat();
        fact(EntryKind::File, 0o644, Some(&v3), b"", "Other 644 cap_sys_admin,cap_bpf=ep");
        let v1 = [&[1, 0, 0, 1][..], &1u32.to_le_bytes(), &1u32.to_le_bytes()].concat();
        fact(EntryKind::File, 0o644, Some(&v1), b"", "Other 644 cap_chown=eip");
        fact(EntryKind::File, 0o644, Some(&[1, 0, 0, 2, 9]), b"", "Other 644 unknown:0100000209");
        fact(EntryKind::File, 0o644, Some(&[]), b"", "none");
    }
}
