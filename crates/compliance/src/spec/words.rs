//! Scalars that keep their text, and "one or a list" without an untagged enum.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor, value::StrDeserializer},
};
use std::{fmt, marker::PhantomData};

/// A scalar as written: `30`, `0.95`, `true`, `${critical_days}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl Text {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One scalar or a list of scalars.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

impl Words {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words(deserializer, false)
    }
}

/// The value of a parameter: as [`Words`], and a lone number with a fraction is taken as a number (`0.95`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Value(pub Words);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words(deserializer, true).map(Self)
    }
}

fn words<'de, D: Deserializer<'de>>(deserializer: D, fractions: bool) -> Result<Words, D::Error> {
    struct OneOrMany {
        fractions: bool,
    }
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Words;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a scalar or a list of scalars")
        }
        fn visit_unit<E: Error>(self) -> Result<Words, E> {
            Ok(Words::default())
        }
        fn visit_bool<E: Error>(self, value: bool) -> Result<Words, E> {
            Ok(Words(vec![value.to_string()]))
        }
        fn visit_i64<E: Error>(self, value: i64) -> Result<Words, E> {
            Ok(Words(vec![value.to_string()]))
        }
        fn visit_u64<E: Error>(self, value: u64) -> Result<Words, E> {
            Ok(Words(vec![value.to_string()]))
        }
        // The text is gone: `2.10` arrives as 2.1. Where that can matter, the caller must quote or write a list.
        fn visit_f64<E: Error>(self, value: f64) -> Result<Words, E> {
            if self.fractions {
                return Ok(Words(vec![value.to_string()]));
            }
            Err(E::custom(format_args!("quote the number (`\"{value}\"`) or write a list, so that its text is kept")))
        }
        fn visit_str<E: Error>(self, value: &str) -> Result<Words, E> {
            Ok(Words(vec![value.to_owned()]))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
            let mut words = Vec::new();
            while let Some(item) = items.next_element::<Option<String>>()? {
                words.push(item.unwrap_or_default());
            }
            Ok(Words(words))
        }
    }
    deserializer.deserialize_any(OneOrMany { fractions })
}

/// One word of a closed list, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Several<T>(pub Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Several<T> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether `value` is listed; an absent list takes everything.
    pub(crate) fn takes(&self, value: &T) -> bool {
        self.0.is_empty() || self.0.contains(value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
            type Value = Several<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or a list of words")
            }
            fn visit_unit<E: Error>(self) -> Result<Several<T>, E> {
                Ok(Several::default())
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Several<T>, E> {
                Ok(Several(vec![T::deserialize(StrDeserializer::<E>::new(value))?]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Several<T>, A::Error> {
                let mut words = Vec::new();
                while let Some(item) = items.next_element()? {
                    words.push(item);
                }
                Ok(Several(words))
            }
        }
        deserializer.deserialize_any(OneOrMany(PhantomData))
    }
}
