use super::*;
use crate::testing::{check, robust};
