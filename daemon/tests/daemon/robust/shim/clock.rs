//! A library to be preloaded into a program under test: its clocks show what a file adds to them.
//!
//! The file named by `COUNTERSIGN_TEST_CLOCK` holds two native 64-bit integers: milliseconds to add to CLOCK_REALTIME, and to CLOCK_BOOTTIME.

use std::{
    ffi::{c_char, c_int, c_void},
    fs::File,
    os::unix::fs::FileExt as _,
    sync::OnceLock,
};

const REALTIME: c_int = 0;
const BOOTTIME: c_int = 7;
const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;
const BILLION: i64 = 1_000_000_000;

#[repr(C)]
pub struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

type ClockGettime = unsafe extern "C" fn(c_int, *mut Timespec) -> c_int;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

fn next() -> ClockGettime {
    static NEXT: OnceLock<ClockGettime> = OnceLock::new();
    // SAFETY: the C library's function of this name has this type.
    *NEXT.get_or_init(|| unsafe {
        std::mem::transmute::<*mut c_void, ClockGettime>(dlsym(RTLD_NEXT, c"clock_gettime".as_ptr()))
    })
}

fn shift(clock: c_int) -> i64 {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let offset = match clock {
        REALTIME => 0,
        BOOTTIME => 8,
        _ => return 0,
    };
    let file = FILE.get_or_init(|| File::open(std::env::var_os("COUNTERSIGN_TEST_CLOCK")?).ok());
    let mut bytes = [0; 8];
    match file {
        Some(file) if file.read_exact_at(&mut bytes, offset).is_ok() => i64::from_ne_bytes(bytes),
        _ => 0,
    }
}

/// # Safety
/// As clock_gettime(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int {
    // SAFETY: the caller's pointer goes on as it came, and was written to when zero is returned.
    unsafe {
        let result = next()(clock, time);
        if result == 0 {
            let millis = shift(clock);
            let total = (*time).nanoseconds + millis % 1000 * 1_000_000;
            (*time).seconds += millis / 1000 + total.div_euclid(BILLION);
            (*time).nanoseconds = total.rem_euclid(BILLION);
        }
        result
    }
}
