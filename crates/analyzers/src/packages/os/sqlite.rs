//! SQLite files, read only: every row of a table, in order of the row ids.
//!
//! <https://www.sqlite.org/fileformat2.html>
//!
//! Package managers keep one table of packages that is read from end to end, which needs no query planner: a table is a tree of pages, and its
//! leaves hold the rows. A page that is reached twice, a chain of overflow pages that is longer than its content, and more content than the file
//! has bytes are errors, so a damaged or hostile file ends.
//!
//! Missing: write-ahead logs (a file beside the database, whose newest transactions are not in the database yet), tables `WITHOUT ROWID`,
//! virtual tables.

const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
/// Columns that a row may have: SQLite's own default limit.
const MAX_COLUMNS: usize = 2000;

/// What is wrong with a file.
pub(crate) type Damage = String;

/// An open file.
pub(crate) struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// What of a page holds content.
    usable: usize,
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// A table's root page and the names of its columns, lower-cased.
pub(crate) struct Table {
    root: u32,
    columns: Vec<String>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'p> {
    Null,
    Int(i64),
    Real,
    Text(String),
    Blob(&'p [u8]),
}

impl Value<'_> {
    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether these are the first bytes of an SQLite file.
pub(crate) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

impl<'a> Database<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        if !is_database(bytes) {
            return Err("is no SQLite database".to_owned());
        }
        let page_size = match be16(bytes, 16).ok_or("the file ends in its header")? {
            1 => 65536,
            size if size.is_power_of_two() && size >= 512 => usize::from(size),
            size => return Err(format!("pages of {size} bytes are impossible")),
        };
        let reserved = usize::from(*bytes.get(20).ok_or("the file ends in its header")?);
        let usable = page_size.checked_sub(reserved).filter(|usable| *usable >= 480).ok_or("pages have no room for content")?;
        let encoding = match be32(bytes, 56).ok_or("the file ends in its header")? {
            0 | 1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            other => return Err(format!("unknown text encoding {other}")),
        };
        Ok(Self { bytes, page_size, usable, encoding })
    }

    /// The table of this name; `None` when there is none.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Table>, Damage> {
        let mut found = None;
        self.visit(1, &mut |_, row| {
            let [kind, own_name, _, root, sql, ..] = row else { return };
            if kind.text() == Some("table")
                && own_name.text().is_some_and(|own| own.eq_ignore_ascii_case(name))
                && let Some(root) = root.int().and_then(|root| u32::try_from(root).ok())
            {
                found = Some(Table { root, columns: columns(sql.text().unwrap_or_default()) });
            }
        })?;
        Ok(found)
    }

    /// Visits the rows of a table with their row ids. Rows before the damage were visited.
    pub(crate) fn rows(&self, table: &Table, visit: &mut dyn FnMut(i64, Row<'_, '_>)) -> Result<(), Damage> {
        self.visit(table.root, &mut |id, values| visit(id, Row { id, columns: &table.columns, values }))
    }

    fn visit(&self, root: u32, visit: &mut dyn FnMut(i64, &[Value<'_>])) -> Result<(), Damage> {
        let mut scan = Scan { database: self, seen: vec![0; self.pages() / 64 + 1], left: self.bytes.len(), payload: Vec::new() };
        // The rightmost page of each level comes last, so pages wait on a stack, in reverse.
        let mut waiting = vec![root];
        while let Some(number) = waiting.pop() {
            let page = scan.page(number)?;
            let start = if number == 1 { HEADER_BYTES } else { 0 };
            let cells = usize::from(be16(page, start + 3).ok_or_else(|| short(number))?);
            match page.get(start) {
                Some(5) => {
                    waiting.push(be32(page, start + 8).ok_or_else(|| short(number))?);
                    for cell in (0..cells).rev() {
                        let at = be16(page, start + 12 + cell * 2).ok_or_else(|| short(number))?;
                        waiting.push(be32(page, usize::from(at)).ok_or_else(|| short(number))?);
                    }
                    if waiting.len() > self.pages() {
                        return Err(format!("page {number} leads to more pages than there are"));
                    }
                }
                Some(13) => {
                    for cell in 0..cells {
                        let at = be16(page, start + 8 + cell * 2).ok_or_else(|| short(number))?;
                        let rest = page.get(usize::from(at)..).ok_or_else(|| short(number))?;
                        scan.cell(number, rest, visit)?;
                    }
                }
                kind => return Err(format!("page {number} of a table has the kind {}", kind.copied().unwrap_or_default())),
            }
        }
        Ok(())
    }

    fn pages(&self) -> usize {
        self.bytes.len().div_ceil(self.page_size)
    }

    fn text(&self, bytes: &[u8]) -> String {
        let units = |of: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| of(*pair)).collect();
            String::from_utf16_lossy(&units)
        };
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Utf16Le => units(u16::from_le_bytes),
            Encoding::Utf16Be => units(u16::from_be_bytes),
        }
    }
}

fn short(page: u32) -> Damage {
    format!("page {page} ends early")
}

/// A row and its columns' names.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r, 'p> {
    id: i64,
    columns: &'r [String],
    values: &'r [Value<'p>],
}

impl<'r, 'p> Row<'r, 'p> {
    /// The value of a column; rows that are older than a column do not have it.
    pub(crate) fn get(&self, column: &str) -> Option<&'r Value<'p>> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.values.get(at)
    }

    pub(crate) fn text(&self, column: &str) -> Option<&'r str> {
        self.get(column).and_then(Value::text)
    }

    /// A number; an `INTEGER PRIMARY KEY` is stored as the row id.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.get(column)? {
            Value::Null => Some(self.id),
            value => value.int(),
        }
    }
}

struct Scan<'d, 'a> {
    database: &'d Database<'a>,
    /// One bit a page.
    seen: Vec<u64>,
    /// Bytes of content that may still be copied: no honest file has more than it is long.
    left: usize,
    payload: Vec<u8>,
}

impl<'a> Scan<'_, 'a> {
    /// A page, once.
    fn page(&mut self, number: u32) -> Result<&'a [u8], Damage> {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let seen = self.seen.get_mut(at / 64).ok_or_else(|| format!("page {number} is behind the end of the file"))?;
        let bit = 1_u64 << (at % 64);
        if number == 0 || *seen & bit != 0 {
            return Err(format!("page {number} is reached twice"));
        }
        *seen |= bit;
        let start = (at - 1).checked_mul(self.database.page_size);
        let rest = start.and_then(|start| self.database.bytes.get(start..)).filter(|rest| !rest.is_empty());
        let page = rest.ok_or_else(|| format!("page {number} is behind the end of the file"))?;
        page.get(..self.database.usable).ok_or_else(|| format!("the file ends in page {number}"))
    }

    /// A cell of a leaf: the size of its payload, the row id, the payload, and where the payload goes on.
    fn cell(&mut self, page: u32, cell: &'a [u8], visit: &mut dyn FnMut(i64, &[Value<'_>])) -> Result<(), Damage> {
        let (size, rest) = varint(cell).ok_or_else(|| short(page))?;
        let (id, rest) = varint(rest).ok_or_else(|| short(page))?;
        let size = usize::try_from(size).ok().filter(|size| *size <= self.left);
        let size = size.ok_or_else(|| format!("rows of page {page} have more content than the file"))?;
        self.left -= size;
        let usable = self.database.usable;
        let most = usable - 35;
        if size <= most {
            let payload = rest.get(..size).ok_or_else(|| short(page))?;
            return self.record(page, id, payload, visit);
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fits = least + (size - least) % (usable - 4);
        let local = if fits <= most { fits } else { least };
        let (local, rest) = rest.split_at_checked(local).ok_or_else(|| short(page))?;
        let mut next = be32(rest, 0).ok_or_else(|| short(page))?;
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        payload.extend_from_slice(local);
        while payload.len() < size {
            let page = self.page(next)?;
            let content = page.get(4..).unwrap_or_default();
            payload.extend_from_slice(content.get(..size - payload.len()).unwrap_or(content));
            next = be32(page, 0).unwrap_or_default();
        }
        let result = self.record(page, id, &payload, visit);
        self.payload = payload;
        result
    }

    fn record(&self, page: u32, id: u64, payload: &[u8], visit: &mut dyn FnMut(i64, &[Value<'_>])) -> Result<(), Damage> {
        let damaged = || format!("a row of page {page} is damaged");
        let (size, rest) = varint(payload).ok_or_else(damaged)?;
        let used = payload.len() - rest.len();
        let size = usize::try_from(size).ok().and_then(|size| size.checked_sub(used)).ok_or_else(damaged)?;
        let (mut kinds, mut content) = rest.split_at_checked(size).ok_or_else(damaged)?;
        let mut values = Vec::new();
        while !kinds.is_empty() {
            let (kind, rest) = varint(kinds).ok_or_else(damaged)?;
            kinds = rest;
            let length = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return Err(damaged()),
                kind => (kind - 12) / 2,
            };
            let length = usize::try_from(length).map_err(|_| damaged())?;
            let (bytes, rest) = content.split_at_checked(length).ok_or_else(damaged)?;
            content = rest;
            values.push(match kind {
                0 => Value::Null,
                7 => Value::Real,
                8 => Value::Int(0),
                9 => Value::Int(1),
                1..=6 => Value::Int(signed(bytes)),
                kind if kind % 2 == 0 => Value::Blob(bytes),
                _ => Value::Text(self.database.text(bytes)),
            });
            if values.len() > MAX_COLUMNS {
                return Err(damaged());
            }
        }
        visit(i64::from_ne_bytes(id.to_ne_bytes()), &values);
        Ok(())
    }
}

/// Up to nine bytes, the most significant first, seven bits of each but the last.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), bytes.get(9..)?));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// Big-endian, of up to eight bytes.
fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, byte| value << 8 | i64::from(*byte))
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The names of the columns in `CREATE TABLE name (a TYPE, "b" TYPE, PRIMARY KEY (a))`. Only what package managers write: a comma in a default
/// value's quotes would be taken for the end of a column.
fn columns(sql: &str) -> Vec<String> {
    let Some((_, body)) = sql.split_once('(') else { return Vec::new() };
    let mut columns = Vec::new();
    let mut depth = 0_u32;
    let mut start = 0;
    for (at, c) in body.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => {
                let column = body.get(start..at).unwrap_or_default();
                start = at + 1;
                let name = column.split_whitespace().next().unwrap_or_default();
                let word = name.split('(').next().unwrap_or_default();
                let constraint =
                    ["primary", "unique", "check", "foreign", "constraint"].iter().any(|known| word.eq_ignore_ascii_case(known));
                if !constraint && !name.is_empty() {
                    columns.push(name.trim_matches(['"', '\'', '`', '[', ']']).to_ascii_lowercase());
                }
                if c == ')' || columns.len() > MAX_COLUMNS {
                    break;
                }
            }
            _ => {}
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        assert_eq!(columns("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"), ["hnum", "blob"]);
        assert_eq!(
            columns("CREATE TABLE d (\"a\" TEXT, b INTEGER REFERENCES p(id) ON DELETE CASCADE, UNIQUE(a, b), PRIMARY KEY (a))"),
            ["a", "b"]
        );
        assert_eq!(columns("CREATE TABLE x"), Vec::<String>::new());
    }

    #[test]
    fn numbers() {
        assert_eq!(varint(&[0x81, 0x00, 7]), Some((128, &[7][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(signed(&[0xff, 0xfe]), -2);
        assert_eq!(signed(&[0x01, 0x00]), 256);
    }

    #[test]
    fn what_is_no_database() {
        assert!(Database::open(b"SQLite format 3").is_err());
        let mut page = b"SQLite format 3\0".to_vec();
        page.resize(512, 0);
        assert_eq!(Database::open(&page).err().unwrap(), "pages of 0 bytes are impossible");
        page[16..18].copy_from_slice(&512_u16.to_be_bytes());
        assert_eq!(Database::open(&page).unwrap().table("x").err().unwrap(), "page 1 of a table has the kind 0");
    }
}
