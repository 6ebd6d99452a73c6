//! Units of measurement, as multiples of the smallest of their kind.

use super::error::MappingProblem;

/// Kind, name, and how many of the smallest unit of the kind it is.
const UNITS: &[(&str, &str, u64)] = &[
    ("time", "ns", 1),
    ("time", "us", 1_000),
    ("time", "ms", 1_000_000),
    ("time", "s", 1_000_000_000),
    ("time", "min", 60_000_000_000),
    ("time", "h", 3_600_000_000_000),
    ("time", "d", 86_400_000_000_000),
    ("data", "bit", 1),
    ("data", "B", 8),
    ("data", "kB", 8_000),
    ("data", "MB", 8_000_000),
    ("data", "GB", 8_000_000_000),
    ("data", "TB", 8_000_000_000_000),
    ("data", "KiB", 8 << 10),
    ("data", "MiB", 8 << 20),
    ("data", "GiB", 8 << 30),
    ("data", "TiB", 8 << 40),
    ("share", "ppm", 1),
    ("share", "permille", 1_000),
    ("share", "percent", 10_000),
    ("share", "ratio", 1_000_000),
    ("energy", "J", 1),
    ("energy", "kJ", 1_000),
    ("energy", "Wh", 3_600),
    ("energy", "kWh", 3_600_000),
    ("power", "mW", 1),
    ("power", "W", 1_000),
    ("power", "kW", 1_000_000),
    ("frequency", "Hz", 1),
    ("frequency", "kHz", 1_000),
    ("frequency", "MHz", 1_000_000),
    ("frequency", "GHz", 1_000_000_000),
    ("count", "thousandth", 1),
    ("count", "hundredth", 10),
    ("count", "unit", 1_000),
    ("count", "thousand", 1_000_000),
    ("count", "million", 1_000_000_000),
    ("count", "billion", 1_000_000_000_000),
];

/// What a number of one unit is multiplied with to be one of another: numerator and denominator.
pub(super) fn factor(from: &str, to: &str) -> Result<(u64, u64), MappingProblem> {
    let find = |name: &str| {
        UNITS
            .iter()
            .find(|(_, unit, _)| *unit == name)
            .ok_or_else(|| MappingProblem::Unit(format!("there is no unit {name:?}")))
    };
    let ((kind, _, numerator), (other, _, denominator)) = (find(from)?, find(to)?);
    if kind != other {
        return Err(MappingProblem::Unit(format!("{from:?} is a unit of {kind}, and {to:?} one of {other}")));
    }
    Ok((*numerator, *denominator))
}
