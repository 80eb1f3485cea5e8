//! pax extended headers: records `LENGTH KEY=VALUE\n`.
//!
//! POSIX.1-2001, pax, "pax Extended Header". An empty value takes a record back. File attributes come as `SCHILY.xattr.NAME` with raw bytes (GNU tar,
//! star, Go) or as `LIBARCHIVE.xattr.NAME` in base64. What the reader has no use for (times, owners' names, character sets) is passed over.

use base64::Engine;

/// What a header overrides in the entry that follows.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    /// A header was there, even an empty one.
    pub(super) seen: bool,
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) capability: Option<Vec<u8>>,
    pub(super) sparse: SparseRecords,
}

/// `GNU.sparse.*`.
#[derive(Debug, Default)]
pub(super) struct SparseRecords {
    pub(super) name: Option<Vec<u8>>,
    pub(super) real_size: Option<i64>,
    /// Offsets and lengths in turn (formats 0.0 and 0.1).
    pub(super) map: Vec<u64>,
    /// Format 1.0: the map is the start of the content.
    pub(super) in_content: bool,
}

impl SparseRecords {
    pub(super) fn is_sparse(&self) -> bool {
        self.in_content || !self.map.is_empty() || self.real_size.is_some()
    }
}

/// Libarchive encodes without filling; others fill.
const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

pub(super) fn parse(mut bytes: &[u8]) -> Result<Overrides, &'static str> {
    let mut out = Overrides { seen: true, ..Overrides::default() };
    while !bytes.is_empty() {
        let (key, value, rest) = record(bytes).ok_or("a pax record is malformed")?;
        bytes = rest;
        let given = (!value.is_empty()).then_some(value);
        match key {
            b"path" => out.path = name(given)?,
            b"linkpath" => out.link = name(given)?,
            b"size" => out.size = given.map(decimal).transpose()?,
            b"uid" => out.uid = given.map(decimal).transpose()?,
            b"gid" => out.gid = given.map(decimal).transpose()?,
            b"SCHILY.xattr.security.capability" => out.capability = given.map(<[u8]>::to_vec),
            // Libarchive escapes the name like a URL, which changes nothing here.
            b"LIBARCHIVE.xattr.security.capability" if out.capability.is_none() => {
                out.capability = given.map(|v| BASE64.decode(v).map_err(|_| "an attribute is not base64")).transpose()?;
            }
            b"GNU.sparse.major" => out.sparse.in_content = value == b"1",
            b"GNU.sparse.name" => out.sparse.name = name(given)?,
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                out.sparse.real_size =
                    given.map(decimal).transpose()?.map(|n| i64::try_from(n).map_err(|_| "a sparse size is too large")).transpose()?;
            }
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => out.sparse.map.push(decimal(value)?),
            b"GNU.sparse.map" => {
                out.sparse.map =
                    if value.is_empty() { Vec::new() } else { value.split(|b| *b == b',').map(decimal).collect::<Result<_, _>>()? };
            }
            _ => {}
        }
    }
    Ok(out)
}

/// Splits off the first record: key, value, rest.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|b| *b == b' ')?;
    let length = usize::try_from(decimal(bytes.get(..space)?).ok()?).ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|b| *b == b'=')?;
    let key = record.get(..equals)?;
    (!key.is_empty()).then_some((key, record.get(equals + 1..)?, rest))
}

fn name(value: Option<&[u8]>) -> Result<Option<Vec<u8>>, &'static str> {
    match value {
        Some(value) if value.contains(&0) => Err("a name contains a NUL byte"),
        value => Ok(value.map(<[u8]>::to_vec)),
    }
}

fn decimal(digits: &[u8]) -> Result<u64, &'static str> {
    let text = std::str::from_utf8(digits).map_err(|_| "a pax number is malformed")?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a pax number is malformed");
    }
    text.parse().map_err(|_| "a pax number is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records with their lengths computed.
    fn records(pairs: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, value) in pairs {
            let rest = key.len() + value.len() + 3;
            let length = (rest..rest + 8).find(|n| *n == rest + n.to_string().len()).unwrap();
            out.extend_from_slice(format!("{length} {key}=").as_bytes());
            out.extend_from_slice(value);
            out.push(b'\n');
        }
        out
    }

    #[test]
    fn records_override_and_an_empty_value_takes_back() {
        let all =
            records(&[("path", b"a/b"), ("path", b"a=b"), ("size", b"7"), ("gid", b"5"), ("uid", b"10"), ("gid", b""), ("junk", b"1")]);
        let out = parse(&all).unwrap();
        assert_eq!((out.path.as_deref(), out.size, out.uid, out.gid), (Some(b"a=b".as_slice()), Some(7), Some(10), None));
    }

    #[test]
    fn malformed_records_are_refused() {
        for bad in [
            &b"x"[..],
            b"5",
            b"99 path=a\n",
            b"10 path=ab",
            b"6 =ab\n",
            b"0 path=a\n",
            b"99999999999999999999999 path=a\n",
            b"-1 path=a\n",
            b"11 path=a\0b\n",
            b"11 size=-12\n",
            b"32 size=99999999999999999999999\n",
            b"1 ",
        ] {
            assert!(parse(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn attributes_come_raw_or_in_base64() {
        let out = parse(&records(&[("SCHILY.xattr.security.capability", b"a\nb\xff")])).unwrap();
        assert_eq!(out.capability.as_deref(), Some(&b"a\nb\xff"[..]));
        for text in ["YWI", "YWI="] {
            let out = parse(&records(&[("LIBARCHIVE.xattr.security.capability", text.as_bytes())])).unwrap();
            assert_eq!(out.capability.as_deref(), Some(&b"ab"[..]));
        }
    }
}
