//! Numbers as GPUs filter them: f32 to f16, nearest, for the texture of densities. Eleven bits are more than the 64
//! steps of the ramp can show; nothing is ever added in this form.

/// The nearest f16 as bits. Too large becomes the largest finite one, not a number becomes zero.
pub fn half_bits(value: f32) -> u16 {
    if value.is_nan() {
        return 0;
    }
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let size = value.abs().min(65_504.0);
    if size < 6.103_515_6e-5 {
        // Below the normal numbers steps are 2⁻²⁴.
        return sign | (size * 16_777_216.0).round() as u16;
    }
    let bits = size.to_bits();
    // Exponent bias 127 to 15, mantissa 23 to 10 bits; rounding may carry into the exponent, as it should.
    let rounded = bits + 0x0FFF + ((bits >> 13) & 1);
    sign | ((rounded >> 13) - (112 << 10)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_have_their_bits() {
        for (value, bits) in [
            (0.0, 0),
            (1.0, 0x3C00),
            (-2.0, 0xC000),
            (65_504.0, 0x7BFF),
            (1e9, 0x7BFF),
            (0.1, 0x2E66),
            (6.103_515_6e-5, 0x0400),
            (5.960_464_5e-8, 0x0001),
            (f32::NAN, 0),
        ] {
            assert_eq!(half_bits(value), bits, "{value}");
        }
    }
}
