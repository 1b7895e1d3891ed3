//! A screen without a screen: Xvfb with a window manager, and real key presses through it.

use anyhow::{Context as _, Result};

use crate::{Home, PATIENCE, Process, Program};

/// A private X display. Windows on it get focus from a window manager, and keys from `xdotool` go through the browser's own shortcut handling.
#[derive(Debug)]
pub struct Display {
    name: String,
    _manager: Process,
    _server: Process,
}

impl Display {
    /// Starts a display of `width` × `height` pixels.
    ///
    /// # Errors
    /// If Xvfb or openbox cannot be started.
    pub async fn start(home: &Home, width: u32, height: u32) -> Result<Self> {
        let mut server = Program::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
            .home(home)
            .spawn()?;
        // It prints the number of the display once clients may connect.
        let number = server.wait_for_line("", PATIENCE).await.context("Xvfb did not start")?;
        let name = format!(":{}", number.trim());
        let manager = Program::new("openbox").home(home).env("DISPLAY", &name).spawn()?;
        Ok(Self { name, _manager: manager, _server: server })
    }

    /// The value for `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Presses keys as a person would, for example `ctrl+shift+l` or `Escape` (X key names).
    ///
    /// # Errors
    /// If xdotool fails.
    pub async fn press(&self, keys: &str) -> Result<()> {
        self.xdotool(&["key", "--clearmodifiers", keys]).await.map(drop)
    }

    /// Types text as a person would.
    ///
    /// # Errors
    /// If xdotool fails.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        self.xdotool(&["type", "--delay", "20", "--", text]).await.map(drop)
    }

    /// Clicks at a point of the screen.
    ///
    /// # Errors
    /// If xdotool fails.
    pub async fn click(&self, x: u32, y: u32) -> Result<()> {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).await.map(drop)
    }

    /// Waits for a visible window whose title matches the pattern, and gives it the focus.
    ///
    /// # Errors
    /// If there is none in [`PATIENCE`].
    pub async fn focus_window(&self, title: &str) -> Result<()> {
        self.xdotool(&["search", "--sync", "--onlyvisible", "--name", title, "windowactivate", "--sync"])
            .await
            .map(drop)
    }

    /// Runs xdotool on this display.
    ///
    /// # Errors
    /// If it fails or takes longer than [`PATIENCE`].
    pub async fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let program = Program::new("xdotool").args(arguments).env("DISPLAY", &self.name);
        program.output("", PATIENCE).await?.success()
    }
}
