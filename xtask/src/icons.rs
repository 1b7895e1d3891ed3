//! Renders icons from one drawing.

use std::fs;

use anyhow::{Context, Result, anyhow};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::tree;

/// Sides in pixels of the icons that the extension's manifest names.
pub(crate) const EXTENSION: &[u16] = &[16, 32, 48, 128];
/// Sides in pixels of the icons that the phone app's page and manifest name.
pub(crate) const PHONE: &[u16] = &[48, 128, 180, 192, 512];

/// File name and PNG bytes of each icon, drawn from `extension/icons/icon.svg`.
pub(crate) fn render(sides: &[u16]) -> Result<Vec<(String, Vec<u8>)>> {
    let source = tree::root().join("extension/icons/icon.svg");
    let drawing = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let drawing = Tree::from_data(&drawing, &Options::default()).context("icon.svg is not a drawing")?;
    sides.iter().map(|side| Ok((format!("icon-{side}.png"), draw(&drawing, *side)?))).collect()
}

fn draw(drawing: &Tree, side: u16) -> Result<Vec<u8>> {
    let mut pixels = Pixmap::new(side.into(), side.into()).ok_or_else(|| anyhow!("no pixels"))?;
    let scale = f32::from(side) / drawing.size().width();
    resvg::render(drawing, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}
