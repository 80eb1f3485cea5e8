//! Looking things up in an SQLite file, without the rest of SQLite.
//!
//! <https://www.sqlite.org/fileformat2.html>. Tables are found by row number, indexes by the value of their first column, in binary collation. Text
//! is UTF-8. A write-ahead log beside the file is not read: whoever publishes a database has closed it. Depth and the number of pages of a search
//! are bounded, so that no arrangement of pages makes one endless.

use crate::pages::Pages;
use probity_vfs::StoredFile;
use std::{cmp::Ordering, io, sync::Arc};

const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
const MAX_DEPTH: usize = 24;
/// A row with what is continued in other pages.
const MAX_ROW: usize = 1 << 20;
const MAX_SCHEMA_ROWS: usize = 1000;
const INDEX_INTERIOR: u8 = 2;
const TABLE_INTERIOR: u8 = 5;
const INDEX_LEAF: u8 = 10;
const TABLE_LEAF: u8 = 13;

/// Where a file is damaged, or what it has that is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SqliteError {
    #[error("at byte {offset}: {fault}")]
    Damaged { offset: u64, fault: &'static str },
    #[error("at byte {offset}: {error}")]
    Io { offset: u64, error: io::Error },
}

impl SqliteError {
    pub(super) const fn damaged(offset: u64, fault: &'static str) -> Self {
        Self::Damaged { offset, fault }
    }
}

pub(super) struct Sqlite {
    pages: Pages,
    page_bytes: usize,
    /// Without what is reserved at the end of each page.
    usable: usize,
    count: u32,
}

/// The root page of a table or an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table(u32);

/// A table or an index as the schema describes it.
#[derive(Debug)]
pub(super) struct Described {
    name: String,
    /// Of an index: its table.
    of: String,
    is_index: bool,
    pub(super) table: Table,
    pub(super) columns: Vec<String>,
}

pub(super) struct Schema(Vec<Described>);

/// A value to search for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// The values of a row or of an entry of an index.
#[derive(Debug)]
pub(super) struct Row(Vec<Value>);

impl Row {
    pub(super) fn integer(&self, at: usize) -> Option<i64> {
        match self.0.get(at)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    pub(super) fn text(&self, at: usize) -> Option<&str> {
        match self.0.get(at)? {
            Value::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl Value {
    /// In the order of indexes: nothing, numbers, text, bytes.
    fn order(&self, other: &Cell<'_>) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Cell::Integer(other)) => one.cmp(other),
            (Self::Text(one), Cell::Text(other)) => one.as_slice().cmp(other.as_bytes()),
            (Self::Blob(one), Cell::Blob(other)) => one.as_slice().cmp(other),
            #[expect(clippy::cast_precision_loss, reason = "the columns that are searched have no such numbers")]
            (Self::Real(one), Cell::Integer(other)) => one.partial_cmp(&(*other as f64)).unwrap_or(Ordering::Less),
            _ => self.class().cmp(&other.class()),
        }
    }

    const fn class(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Integer(_) | Self::Real(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }
}

impl Cell<'_> {
    const fn class(&self) -> u8 {
        match self {
            Self::Integer(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }
}

impl Described {
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }
}

impl Schema {
    pub(super) fn table(&self, name: &str) -> Option<&Described> {
        self.0.iter().find(|one| !one.is_index && one.name == name)
    }

    /// An index of a table whose first column is this.
    pub(super) fn index(&self, table: &str, first: &str) -> Option<&Described> {
        self.0.iter().find(|one| one.is_index && one.of == table && one.column(first) == Some(0))
    }
}

/// Names of the columns in the first parentheses of `CREATE TABLE` and `CREATE INDEX`, constraints of the table left out.
fn columns(sql: &str) -> Vec<String> {
    let Some((_, list)) = sql.split_once('(') else { return Vec::new() };
    let mut depth = 0_u32;
    let mut names = Vec::new();
    let mut start = 0;
    for (at, byte) in list.bytes().chain([b')']).enumerate() {
        let ends = depth == 0 && matches!(byte, b',' | b')');
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if ends {
            let word = list.get(start..at).unwrap_or_default().split_whitespace().next().unwrap_or_default();
            let word = word.trim_matches(['"', '`', '[', ']', '\'']);
            let constraint = ["foreign", "primary", "unique", "check", "constraint"].iter().any(|one| word.eq_ignore_ascii_case(one));
            if !word.is_empty() && !constraint {
                names.push(word.to_owned());
            }
            start = at + 1;
            if byte == b')' {
                break;
            }
        }
    }
    names
}

/// A page of a tree.
struct Page {
    bytes: Arc<[u8]>,
    offset: u64,
    /// Where its header starts: behind the file's header on the first page.
    start: usize,
    kind: u8,
    cells: usize,
}

impl Page {
    const fn is_interior(&self) -> bool {
        self.kind == INDEX_INTERIOR || self.kind == TABLE_INTERIOR
    }

    fn damaged(&self) -> SqliteError {
        SqliteError::damaged(self.offset, "a cell reaches outside its page")
    }

    fn pointers(&self) -> usize {
        self.start + if self.is_interior() { 12 } else { 8 }
    }

    /// Where a cell starts.
    fn cell(&self, at: usize) -> Result<usize, SqliteError> {
        u16_at(&self.bytes, self.pointers() + at * 2).map(usize::from).ok_or_else(|| self.damaged())
    }

    fn u32(&self, at: usize) -> Result<u32, SqliteError> {
        u32_at(&self.bytes, at).ok_or_else(|| self.damaged())
    }

    fn varint(&self, at: &mut usize) -> Result<i64, SqliteError> {
        varint(&self.bytes, at).ok_or_else(|| self.damaged())
    }

    /// The child before a cell, or behind the last one.
    fn child(&self, at: usize) -> Result<u32, SqliteError> {
        let at = if at < self.cells { self.cell(at)? } else { self.start + 8 };
        self.u32(at)
    }
}

impl Sqlite {
    pub(super) fn open(file: StoredFile) -> Result<Self, SqliteError> {
        Self::start(Pages::file(file))
    }

    #[cfg(test)]
    fn from_bytes(bytes: Arc<[u8]>) -> Result<Self, SqliteError> {
        Self::start(Pages::memory(bytes))
    }

    fn start(pages: Pages) -> Result<Self, SqliteError> {
        let damaged = |fault| SqliteError::damaged(0, fault);
        let header = pages.read(0, HEADER).map_err(|_| damaged("the file is too short for a database"))?;
        if !header.starts_with(MAGIC) {
            return Err(damaged("this is no SQLite file"));
        }
        let page_bytes = match u16_at(&header, 16) {
            Some(1) => 65536,
            Some(bytes) if bytes >= 512 && bytes.is_power_of_two() => usize::from(bytes),
            _ => return Err(damaged("the size of a page is impossible")),
        };
        let reserved = usize::from(header.get(20).copied().unwrap_or(0));
        let usable = page_bytes.checked_sub(reserved).filter(|usable| *usable >= 480).ok_or(damaged("too much of a page is reserved"))?;
        if !matches!(u32_at(&header, 56), Some(0 | 1)) {
            return Err(damaged("its text is not UTF-8"));
        }
        let count = u32::try_from(pages.bytes() / page_bytes as u64).map_err(|_| damaged("the file is too large for a database"))?;
        let stated = u32_at(&header, 28).unwrap_or(0);
        // The number is only true when it was written by the last change.
        if header.get(24..28) == header.get(92..96) && stated > count {
            return Err(damaged("the end is missing"));
        }
        Ok(Self { pages, page_bytes, usable, count })
    }

    pub(super) fn schema(&self) -> Result<Schema, SqliteError> {
        let mut described = Vec::new();
        let mut visited = 0;
        let mut open = vec![(1_u32, 0_usize)];
        while let Some((number, depth)) = open.pop() {
            visited += 1;
            if visited > MAX_SCHEMA_ROWS || depth > MAX_DEPTH {
                return Err(SqliteError::damaged(0, "the schema is too large"));
            }
            let page = self.page(number)?;
            match page.kind {
                TABLE_INTERIOR => {
                    for at in 0..=page.cells {
                        open.push((page.child(at)?, depth + 1));
                    }
                }
                TABLE_LEAF => {
                    for at in 0..page.cells {
                        let row = self.table_row(&page, at)?.1;
                        let (Some(kind), Some(name), Some(of)) = (row.text(0), row.text(1), row.text(2)) else { continue };
                        let (Some(root), Some(sql)) = (row.integer(3).and_then(|root| u32::try_from(root).ok()), row.text(4)) else {
                            continue;
                        };
                        if root > 0 && matches!(kind, "table" | "index") {
                            described.push(Described {
                                name: name.to_owned(),
                                of: of.to_owned(),
                                is_index: kind == "index",
                                table: Table(root),
                                columns: columns(sql),
                            });
                        }
                    }
                }
                _ => return Err(SqliteError::damaged(page.offset, "the schema is no table")),
            }
        }
        Ok(Schema(described))
    }

    /// The row of this number.
    pub(super) fn row(&self, table: Table, number: i64) -> Result<Option<Row>, SqliteError> {
        let mut page = self.page(table.0)?;
        for _ in 0..MAX_DEPTH {
            // The first cell whose number is not smaller.
            let (mut low, mut high) = (0, page.cells);
            while low < high {
                let middle = low.midpoint(high);
                if number_of(&page, middle)? < number { low = middle + 1 } else { high = middle }
            }
            match page.kind {
                TABLE_LEAF => {
                    if low == page.cells || number_of(&page, low)? != number {
                        return Ok(None);
                    }
                    return self.table_row(&page, low).map(|(_, row)| Some(row));
                }
                TABLE_INTERIOR => page = self.page(page.child(low)?)?,
                _ => return Err(SqliteError::damaged(page.offset, "a page of a table has another purpose")),
            }
        }
        Err(SqliteError::damaged(page.offset, "the tree is too deep"))
    }

    /// Entries of an index whose first value is this, in order.
    pub(super) fn equal<'a>(&'a self, index: Table, value: &'a Cell<'a>) -> Equal<'a> {
        Equal { sqlite: self, value, path: Vec::new(), root: Some(index.0), left: self.count }
    }

    fn table_row(&self, page: &Page, at: usize) -> Result<(i64, Row), SqliteError> {
        let mut at = page.cell(at)?;
        let length = page.varint(&mut at)?;
        let number = page.varint(&mut at)?;
        let payload = self.payload(page, at, length, self.usable - 35)?;
        Ok((number, record(&payload).ok_or_else(|| page.damaged())?))
    }

    fn entry(&self, page: &Page, at: usize) -> Result<Row, SqliteError> {
        let mut at = page.cell(at)?;
        if page.kind == INDEX_INTERIOR {
            at += 4;
        }
        let length = page.varint(&mut at)?;
        let payload = self.payload(page, at, length, (self.usable - 12) * 64 / 255 - 23)?;
        record(&payload).ok_or_else(|| page.damaged())
    }

    /// Bytes of a cell, those in other pages included. `largest` is what may stand in one page.
    fn payload(&self, page: &Page, at: usize, length: i64, largest: usize) -> Result<Vec<u8>, SqliteError> {
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_ROW);
        let length = length.ok_or(SqliteError::damaged(page.offset, "a row is too large"))?;
        let here = if length <= largest {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let wanted = least + (length - least) % (self.usable - 4);
            if wanted <= largest { wanted } else { least }
        };
        let mut bytes = page.bytes.get(at..at.saturating_add(here)).ok_or_else(|| page.damaged())?.to_vec();
        let mut next = if here < length { page.u32(at + here)? } else { 0 };
        // At least one byte comes with every page, so that this ends.
        while bytes.len() < length {
            let more = self.read(next)?;
            let offset = self.offset(next);
            next = u32_at(&more, 0).unwrap_or(0);
            let end = (4 + length - bytes.len()).min(self.usable);
            bytes.extend(more.get(4..end).ok_or(SqliteError::damaged(offset, "a row is continued in nothing"))?);
        }
        Ok(bytes)
    }

    fn offset(&self, number: u32) -> u64 {
        u64::from(number.saturating_sub(1)) * self.page_bytes as u64
    }

    fn read(&self, number: u32) -> Result<Arc<[u8]>, SqliteError> {
        let offset = self.offset(number);
        if number == 0 || number > self.count {
            return Err(SqliteError::damaged(offset, "a page is referred to that is not there"));
        }
        self.pages.cached(u64::from(number), || self.pages.read(offset, self.page_bytes).map_err(|error| SqliteError::Io { offset, error }))
    }

    fn page(&self, number: u32) -> Result<Page, SqliteError> {
        let bytes = self.read(number)?;
        let offset = self.offset(number);
        let start = if number == 1 { HEADER } else { 0 };
        let (Some(kind), Some(cells)) = (bytes.get(start).copied(), u16_at(&bytes, start + 3)) else {
            return Err(SqliteError::damaged(offset, "a page has no header"));
        };
        if !matches!(kind, INDEX_INTERIOR | TABLE_INTERIOR | INDEX_LEAF | TABLE_LEAF) {
            return Err(SqliteError::damaged(offset, "a page of a tree has another purpose"));
        }
        let page = Page { bytes, offset, start, kind, cells: usize::from(cells) };
        if page.pointers() + page.cells * 2 > page.bytes.len() {
            return Err(SqliteError::damaged(offset, "a page has more cells than room"));
        }
        Ok(page)
    }
}

/// The number of the row that a cell of a table is about.
fn number_of(page: &Page, at: usize) -> Result<i64, SqliteError> {
    let mut at = page.cell(at)?;
    if page.kind == TABLE_INTERIOR {
        at += 4;
    } else {
        page.varint(&mut at)?;
    }
    page.varint(&mut at)
}

/// Entries of an index with one first value. It ends after the first error.
pub(super) struct Equal<'a> {
    sqlite: &'a Sqlite,
    value: &'a Cell<'a>,
    /// From the root down, with the cell that comes next; of interior pages, first the child before it, then the cell itself.
    path: Vec<(Page, usize, bool)>,
    root: Option<u32>,
    /// Pages that may still be visited.
    left: u32,
}

impl Equal<'_> {
    fn enter(&mut self, number: u32) -> Result<(), SqliteError> {
        let page = self.sqlite.page(number)?;
        if page.kind != INDEX_INTERIOR && page.kind != INDEX_LEAF {
            return Err(SqliteError::damaged(page.offset, "a page of an index has another purpose"));
        }
        self.left = self.left.checked_sub(1).ok_or(SqliteError::damaged(page.offset, "the tree has more pages than the file"))?;
        if self.path.len() >= MAX_DEPTH {
            return Err(SqliteError::damaged(page.offset, "the tree is too deep"));
        }
        let (mut low, mut high) = (0, page.cells);
        while low < high {
            let middle = low.midpoint(high);
            if self.first(&page, middle)?.order(self.value) == Ordering::Less { low = middle + 1 } else { high = middle }
        }
        let descend = page.is_interior();
        self.path.push((page, low, descend));
        Ok(())
    }

    fn first(&self, page: &Page, at: usize) -> Result<Value, SqliteError> {
        self.sqlite.entry(page, at)?.0.into_iter().next().ok_or(SqliteError::damaged(page.offset, "an entry of an index is empty"))
    }

    fn advance(&mut self) -> Result<Option<Row>, SqliteError> {
        if let Some(root) = self.root.take() {
            self.enter(root)?;
        }
        while let Some((page, at, descend)) = self.path.last_mut() {
            if *descend {
                *descend = false;
                let child = page.child(*at)?;
                self.enter(child)?;
            } else if *at < page.cells {
                let row = self.sqlite.entry(page, *at)?;
                *at += 1;
                *descend = page.is_interior();
                let Some(first) = row.0.first() else { return Ok(None) };
                if first.order(self.value) != Ordering::Equal {
                    self.path.clear();
                    return Ok(None);
                }
                return Ok(Some(row));
            } else {
                self.path.pop();
            }
        }
        Ok(None)
    }
}

impl Iterator for Equal<'_> {
    type Item = Result<Row, SqliteError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.path.clear();
        }
        next.transpose()
    }
}

/// <https://www.sqlite.org/fileformat2.html#record_format>
fn record(payload: &[u8]) -> Option<Row> {
    let mut at = 0;
    let header = usize::try_from(varint(payload, &mut at)?).ok().filter(|header| *header <= payload.len())?;
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let kind = u64::try_from(varint(payload, &mut at)?).ok()?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let end = body.checked_add(length)?;
        let bytes = payload.get(body..end)?;
        body = end;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => Value::Integer(integer(bytes)),
            7 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            _ if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(bytes.to_vec()),
        });
    }
    Some(Row(values))
}

/// Big-endian, of two's complement.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    bytes.iter().fold(if negative { -1 } else { 0 }, |sum, byte| (sum << 8) | i64::from(*byte))
}

/// Seven bits of each byte, all eight of the ninth.
fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut value = 0_u64;
    for index in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if index == 8 {
            value = (value << 8) | u64::from(byte);
            break;
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(value.cast_signed())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Vec<u8> {
        include_bytes!("../../testdata/java-db/trivy-java.db").to_vec()
    }

    /// Everything that can be asked, whatever the answers are.
    fn ask(bytes: Vec<u8>) -> Result<usize, SqliteError> {
        let sqlite = Sqlite::from_bytes(bytes.into())?;
        let mut found = 0;
        for described in &sqlite.schema()?.0 {
            if described.is_index {
                for value in [Cell::Text("commons"), Cell::Blob(&[7; 20]), Cell::Integer(3)] {
                    for row in sqlite.equal(described.table, &value) {
                        row?;
                        found += 1;
                    }
                }
            } else {
                for number in [-1, 1, 50, 1000, i64::MAX] {
                    found += usize::from(sqlite.row(described.table, number)?.is_some());
                }
            }
        }
        Ok(found)
    }

    #[test]
    fn damage_is_an_error_never_a_panic() {
        let good = index();
        assert!(ask(good.clone()).unwrap() > 5);
        let mut errors = 0;
        for at in 0..good.len() {
            // Headers and pointers of every page, and a sample of the rest.
            if at % 1024 > 40 && at % 37 != 0 {
                continue;
            }
            let mut bytes = good.clone();
            bytes[at] ^= if at % 2 == 0 { 0xff } else { 0x05 };
            errors += usize::from(ask(bytes).is_err());
        }
        assert!(errors > 20, "{errors}");
        for length in (0..good.len()).step_by(333) {
            let _ = ask(good[..length].to_vec());
        }
        assert_eq!(ask(good[..50].to_vec()).unwrap_err().to_string(), "at byte 0: the file is too short for a database");
        assert_eq!(ask(vec![0; 4096]).unwrap_err().to_string(), "at byte 0: this is no SQLite file");
    }

    #[test]
    fn columns_of_a_table_and_of_an_index() {
        let table = "CREATE TABLE indices(artifact_id INTEGER, \"version\" TEXT, n DECIMAL(1,2), foreign key (a) references b(id))";
        assert_eq!(columns(table), ["artifact_id", "version", "n"]);
        assert_eq!(columns("CREATE UNIQUE INDEX i ON artifacts(artifact_id, group_id)"), ["artifact_id", "group_id"]);
        assert!(columns("CREATE TABLE x AS SELECT 1").is_empty());
    }

    #[test]
    fn integers_have_signs() {
        assert_eq!([integer(&[0xff]), integer(&[0x7f]), integer(&[0xff, 0x00]), integer(&[1, 0])], [-1, 127, -256, 256]);
        let mut at = 0;
        assert_eq!(varint(&[0x81, 0x00], &mut at), Some(128));
        assert_eq!(varint(&[0xff; 9], &mut 0), Some(-1));
        assert_eq!(varint(&[0xff; 8], &mut 0), None);
    }
}
