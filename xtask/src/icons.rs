//! Renders the extension's icons from one drawing.

use std::fs;

use anyhow::{Context, Result, anyhow};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::tree;

/// Sides in pixels of the icons that the manifest names.
const SIDES: [u16; 4] = [16, 32, 48, 128];

/// File name and PNG bytes of each icon, drawn from `extension/icons/icon.svg`.
pub(crate) fn render() -> Result<Vec<(String, Vec<u8>)>> {
    let source = tree::root().join("extension/icons/icon.svg");
    let drawing = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let drawing = Tree::from_data(&drawing, &Options::default()).context("icon.svg is not a drawing")?;
    SIDES.into_iter().map(|side| Ok((format!("icon-{side}.png"), draw(&drawing, side)?))).collect()
}

fn draw(drawing: &Tree, side: u16) -> Result<Vec<u8>> {
    let mut pixels = Pixmap::new(side.into(), side.into()).ok_or_else(|| anyhow!("no pixels"))?;
    let scale = f32::from(side) / drawing.size().width();
    resvg::render(drawing, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}
