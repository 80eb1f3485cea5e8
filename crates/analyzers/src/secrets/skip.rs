//! Which files are searched.
//!
//! Tests, documentation, vendored code and everything an operating system installs are searched: a key there is as readable as anywhere.
//! Skipped are, by name, formats that are no text, and by a short list, text that is known to be data of a kind that holds no configuration.

use super::Text;
use crate::text::{extension, file_name, has_folder};
use std::borrow::Cow;

/// Files with these endings are not text, or are compressed.
const BINARY: &[&str] = &[
    // Archives and packages.
    "7z", "apk", "ar", "br", "bz2", "cab", "crate", "deb", "dmg", "ear", "gem", "gz", "iso", "jar", "lz4", "lzma", "nupkg", "rar", "rpm",
    "tar", "tgz", "txz", "war", "whl", "xz", "zip", "zst", // Pictures, sound, video, fonts, documents.
    "avi", "avif", "bmp", "doc", "docx", "eot", "flac", "gif", "ico", "icns", "jpeg", "jpg", "mkv", "mov", "mp3", "mp4", "odt", "ogg",
    "otf", "pdf", "png", "ppt", "pptx", "psd", "tif", "tiff", "ttc", "ttf", "wav", "webm", "webp", "woff", "woff2", "xls", "xlsx",
    // Compiled code and data.
    "a", "bin", "class", "dat", "dll", "dylib", "elc", "exe", "gmo", "hyb", "ko", "lib", "mo", "node", "o", "obj", "pak", "pyc", "pyo",
    "rlib", "rmeta", "so", "wasm",
];

/// Text that holds no configuration: fonts and pictures as text, translations, checksums.
const DATA: &[&str] = &["afm", "pfb", "pfa", "svg", "po", "pot", "md5sums", "sha256sums", "hyp", "xpm", "ppm", "dic", "aff"];

/// Lock files, whose long strings are checksums of public packages. Registry credentials are not kept in them.
const LOCKS: &[&str] = &[
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "composer.lock",
    "go.sum",
    "go.work.sum",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
    ".package-lock.json",
    "pdm.lock",
    "packages.lock.json",
    "mix.lock",
    "pubspec.lock",
];

/// Folders of data that the operating system installs: manuals, licence texts, translations, time zones, fonts, terminal descriptions, character sets.
const FOLDERS: &[&str] = &[
    "usr/share/doc",
    "usr/share/man",
    "usr/local/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/i18n",
    "usr/share/zoneinfo",
    "usr/share/fonts",
    "usr/share/terminfo",
    "usr/lib/terminfo",
    "lib/terminfo",
    "usr/share/common-licenses",
    "usr/share/licenses",
    "usr/share/icons",
    "usr/share/hunspell",
    "usr/share/mime",
    "usr/share/misc",
    "usr/share/unicode",
    "usr/lib/locale",
    "usr/share/X11/locale",
    "usr/share/dict",
    "usr/share/keymaps",
    "var/lib/dpkg/info",
    "proc",
    "sys",
];

/// The package databases: their long strings are checksums.
const DATABASES: &[&str] = &["lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/dpkg/status", "var/lib/dpkg/available"];

/// Whether a file is worth a look, by its path and size alone. Never rejects what could be configuration.
pub fn is_secret_candidate(path: &str, size: u64) -> bool {
    // The shortest secret and a name for it.
    if size < 10 {
        return false;
    }
    if is_system_text(path) {
        return false;
    }
    let name = file_name(path);
    let extension = extension(path);
    if BINARY.contains(&extension.as_str()) || DATA.contains(&extension.as_str()) {
        return false;
    }
    // `libssl.so.3`.
    if name.contains(".so.") {
        return false;
    }
    // What pip and npm record about public packages, and translations of web applications.
    !(name == "RECORD" && path.contains(".dist-info/") || has_folder(path, "LC_MESSAGES"))
}

/// What a package manager or a distribution wrote, and what is public by its nature.
pub(super) fn is_system_text(path: &str) -> bool {
    LOCKS.contains(&file_name(path)) || DATABASES.contains(&path) || FOLDERS.iter().any(|folder| is_below(path, folder))
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the first bytes of a file say that it is not text. UTF-16 with a byte order mark is text.
pub fn looks_binary(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return head.starts_with(b"\xff\xfe\0\0");
    }
    memchr::memchr(0, head).is_some() || head.starts_with(b"\x1f\x8b") || head.starts_with(b"%PDF-")
}

/// UTF-16 with a byte order mark becomes UTF-8; anything else is taken as it is.
pub(crate) fn to_utf8(bytes: &[u8]) -> Text<'_> {
    let word: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let text: String =
        char::decode_utf16(pairs.iter().skip(1).map(|pair| word(*pair))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched() {
        for path in [
            "app/.env",
            "etc/app.conf",
            "app/tests/key.pem",
            "README.md",
            "app/vendor/x.go",
            "usr/lib/python3/config.py",
            "Dockerfile",
            "etc/ssl/certs/x.pem",
            "a/b.crt",
            "proc.txt",
        ] {
            assert!(is_secret_candidate(path, 100), "{path}");
        }
        for path in [
            "usr/share/doc/x/README",
            "usr/share/zoneinfo/UTC",
            "a/x.png",
            "a/libc.so.6",
            "x.dist-info/RECORD",
            "a/Cargo.lock",
            "usr/share/man/man1/x.1",
        ] {
            assert!(!is_secret_candidate(path, 100), "{path}");
        }
        assert!(!is_secret_candidate("a", 9));
    }

    #[test]
    fn utf16_is_text() {
        assert!(!looks_binary(b"\xff\xfea\0b\0"));
        assert!(looks_binary(b"a\0b"));
        assert_eq!(&*to_utf8(b"\xff\xfea\0b\0"), b"ab");
        assert_eq!(&*to_utf8(b"\xfe\xff\0a\0b\0"), b"ab");
    }
}
