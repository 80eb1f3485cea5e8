//! Programs and libraries: ELF, PE and Mach-O, read where they lie.
//!
//! The `object` crate reads them. Only headers are looked at and slices of the file handed out, so that a program of a gigabyte costs no more than a small
//! one. A universal file of macOS is one program for each processor.
//!
//! Odd: a packed program (UPX) has all of its content compressed, and nothing in it can be read; [`packer`] knows it.

use object::{
    FileKind, Object, ObjectSection, ObjectSegment,
    read::{
        File,
        macho::{FatArch, MachOFatFile32, MachOFatFile64},
    },
};

/// A universal file has a few parts; one with more was made to be slow.
const MAX_PARTS: usize = 16;

/// The programs in a file: none when it is not one, several for a universal file.
pub(crate) fn programs(bytes: &[u8]) -> Vec<File<'_>> {
    match FileKind::parse(bytes) {
        Ok(FileKind::MachOFat32) => {
            let Ok(fat) = MachOFatFile32::parse(bytes) else { return Vec::new() };
            let parts: Vec<_> = fat.arches().iter().take(MAX_PARTS).map(|arch| arch.data(bytes).ok()).collect();
            parts.into_iter().filter_map(|part| part.and_then(|part| File::parse(part).ok())).collect()
        }
        Ok(FileKind::MachOFat64) => {
            let Ok(fat) = MachOFatFile64::parse(bytes) else { return Vec::new() };
            let parts: Vec<_> = fat.arches().iter().take(MAX_PARTS).map(|arch| arch.data(bytes).ok()).collect();
            parts.into_iter().filter_map(|part| part.and_then(|part| File::parse(part).ok())).collect()
        }
        Ok(FileKind::Elf32 | FileKind::Elf64 | FileKind::Pe32 | FileKind::Pe64 | FileKind::MachO32 | FileKind::MachO64) => {
            File::parse(bytes).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The content of a section, borrowed from the file. Names are those of ELF; of Mach-O `.x` is `__x`.
pub(crate) fn section<'a>(program: &File<'a>, name: &str) -> Option<&'a [u8]> {
    program.section_by_name(name)?.data().ok().filter(|data| !data.is_empty())
}

/// Memory as it is when the program starts: `length` bytes from an address, if the file has them all.
pub(crate) fn memory<'a>(program: &File<'a>, address: u64, length: u64) -> Option<&'a [u8]> {
    program.segments().find_map(|segment| segment.data_range(address, length).ok().flatten())
}

/// The packer that a program was compressed with. Its stub says so near the beginning; the sections of a PE have its name.
pub(crate) fn packer(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let tail = bytes.get(bytes.len().saturating_sub(64)..).unwrap_or_default();
    let has = |part: &[u8], mark: &[u8]| memchr::memmem::find(part, mark).is_some();
    let windows = bytes.starts_with(b"MZ") && has(head, b"UPX0") && has(head, b"UPX1");
    // A program that only talks of UPX has the mark neither at both ends nor among its section names.
    (windows || has(head, b"UPX!") && (has(tail, b"UPX!") || has(head, b"$Info: "))).then_some("UPX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_programs_are_known_by_both_ends() {
        let elf = |middle: &[u8], end: &[u8]| [&b"\x7fELF\x02\x01\x01\0"[..], &[0; 200], middle, &[7; 5000], end].concat();
        assert_eq!(packer(&elf(b"UPX!\x0d\x16", b"UPX!\0\0\0\0")), Some("UPX"));
        assert_eq!(packer(&elf(b"UPX!\x0d\x16", b"")), None);
        assert_eq!(packer(&elf(b"", b"")), None);
        assert_eq!(packer(b"MZ....UPX0....UPX1...."), Some("UPX"));
        assert!(programs(b"").is_empty());
    }
}

/// A small ELF program for the tests of what reads programs.
#[cfg(test)]
pub(crate) mod sample {
    /// A section: its name, its address and its bytes; those of writable memory have an address.
    pub(crate) struct Part<'a> {
        pub(crate) name: &'a str,
        pub(crate) address: u64,
        pub(crate) bytes: &'a [u8],
    }

    /// 64 bits, little-endian; each part is a section and a writable segment.
    pub(crate) fn elf(parts: &[Part<'_>]) -> Vec<u8> {
        let count = parts.len() as u64;
        let headers = 64 + 56 * count;
        let names: Vec<u8> = [b"\0.shstrtab\0".to_vec()]
            .into_iter()
            .chain(parts.iter().map(|part| format!("{}\0", part.name).into_bytes()))
            .flatten()
            .collect();
        let mut offset = headers;
        let mut offsets = Vec::new();
        for part in parts {
            offset = offset.next_multiple_of(16);
            offsets.push(offset);
            offset += part.bytes.len() as u64;
        }
        let names_at = offset;
        let sections_at = (names_at + names.len() as u64).next_multiple_of(8);
        let mut out = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        let half = |out: &mut Vec<u8>, value: u64| out.extend(u16::try_from(value).unwrap().to_le_bytes());
        let word = |out: &mut Vec<u8>, value: u64| out.extend(u32::try_from(value).unwrap().to_le_bytes());
        let long = |out: &mut Vec<u8>, value: u64| out.extend(value.to_le_bytes());
        half(&mut out, 2);
        half(&mut out, 62);
        word(&mut out, 1);
        long(&mut out, 0);
        long(&mut out, 64);
        long(&mut out, sections_at);
        word(&mut out, 0);
        for value in [64, 56, count, 64, count + 2, 1] {
            half(&mut out, value);
        }
        for (part, at) in parts.iter().zip(&offsets) {
            word(&mut out, 1);
            word(&mut out, 6);
            for value in [*at, part.address, part.address, part.bytes.len() as u64, part.bytes.len() as u64, 16] {
                long(&mut out, value);
            }
        }
        for (part, at) in parts.iter().zip(&offsets) {
            out.resize(usize::try_from(*at).unwrap(), 0);
            out.extend(part.bytes);
        }
        out.extend(&names);
        out.resize(usize::try_from(sections_at).unwrap(), 0);
        let section = |out: &mut Vec<u8>, name: u64, kind: u64, address: u64, at: u64, size: u64| {
            word(out, name);
            word(out, kind);
            for value in [2, address, at, size] {
                long(out, value);
            }
            word(out, 0);
            word(out, 0);
            long(out, 1);
            long(out, 0);
        };
        section(&mut out, 0, 0, 0, 0, 0);
        section(&mut out, 1, 3, 0, names_at, names.len() as u64);
        let mut name = 11;
        for (part, at) in parts.iter().zip(&offsets) {
            section(&mut out, name, 1, part.address, *at, part.bytes.len() as u64);
            name += part.name.len() as u64 + 1;
        }
        out
    }
}
