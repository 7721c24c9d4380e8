//! JPEGs decoded to planes, as they are stored: half as much chroma either way, and as small as is wanted.
//! By the TurboJPEG interface of mozjpeg, because libjpeg's own would scale chroma less than luma.

use std::ffi::{c_int, c_uchar, c_ulong, c_void};
use std::ptr::NonNull;

// So that the library is linked.
use mozjpeg_sys as _;

use super::Refusal;
use super::planes::Planes;
use super::raster::{Layout, Raster};

// Of libjpeg-turbo 2.0, turbojpeg.h.
unsafe extern "C" {
    fn tjInitDecompress() -> *mut c_void;
    fn tjDecompressHeader3(
        handle: *mut c_void,
        file: *const c_uchar,
        bytes: c_ulong,
        width: *mut c_int,
        height: *mut c_int,
        sampling: *mut c_int,
        space: *mut c_int,
    ) -> c_int;
    fn tjDecompressToYUVPlanes(
        handle: *mut c_void,
        file: *const c_uchar,
        bytes: c_ulong,
        planes: *mut *mut c_uchar,
        width: c_int,
        strides: *mut c_int,
        height: c_int,
        flags: c_int,
    ) -> c_int;
    fn tjGetErrorCode(handle: *mut c_void) -> c_int;
    fn tjDestroy(handle: *mut c_void) -> c_int;
}

/// `TJSAMP_420`
const HALVED: c_int = 2;
/// `TJCS_YCbCr`
const YCC: c_int = 1;
/// `TJERR_WARNING`: the picture was decoded all the same.
const WARNING: c_int = 0;

struct Decoder(NonNull<c_void>);

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: made by tjInitDecompress, and destroyed only here.
        unsafe { tjDestroy(self.0.as_ptr()) };
    }
}

/// The planes of a JPEG with chroma halved both ways, at so many eighths of its size; `None` for every other
/// kind of JPEG.
pub(super) fn planes(bytes: &[u8], eighths: u8) -> Result<Option<Planes>, Refusal> {
    // SAFETY: the call takes nothing, and gives a handle or null.
    let handle = unsafe { tjInitDecompress() };
    let decoder = Decoder(NonNull::new(handle).ok_or_else(|| Refusal::damaged("no decoder"))?);
    let length = bytes.len() as c_ulong;
    let (mut width, mut height, mut sampling, mut space) = (0, 0, -1, -1);
    // SAFETY: `bytes` is `length` long, and the four numbers outlive the call.
    let read = unsafe {
        tjDecompressHeader3(
            decoder.0.as_ptr(),
            bytes.as_ptr(),
            length,
            &mut width,
            &mut height,
            &mut sampling,
            &mut space,
        )
    };
    if read != 0 || sampling != HALVED || space != YCC || width < 1 || height < 1 {
        return Ok(None);
    }
    let scaled = |side: c_int| (side as u32 * u32::from(eighths)).div_ceil(8);
    let (width, height) = (scaled(width), scaled(height));
    let plane = |width: u32, height: u32| {
        let pixels = vec![0; width as usize * height as usize];
        Raster::new(width, height, Layout::Gray, pixels)
    };
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    // Luma is written in whole pairs of rows and columns.
    let mut planes = Planes {
        luma: plane(across * 2, down * 2),
        blue: plane(across, down),
        red: plane(across, down),
    };
    let mut rows = [&mut planes.luma, &mut planes.blue, &mut planes.red]
        .map(|plane| plane.pixels.as_mut_ptr());
    let mut strides = [across * 2, across, across].map(|width| width as c_int);
    // SAFETY: each of the three planes has as many rows of its stride as a picture of this size has with
    // chroma halved both ways (`tjPlaneWidth` and `tjPlaneHeight`: luma padded to even sides, chroma half of
    // that); errors end in the call itself.
    let done = unsafe {
        tjDecompressToYUVPlanes(
            decoder.0.as_ptr(),
            bytes.as_ptr(),
            length,
            rows.as_mut_ptr(),
            width as c_int,
            strides.as_mut_ptr(),
            height as c_int,
            0,
        )
    };
    // SAFETY: the handle lives until the end of this function.
    if done != 0 && unsafe { tjGetErrorCode(decoder.0.as_ptr()) } != WARNING {
        return Err(Refusal::damaged("the planes cannot be decoded"));
    }
    planes.luma = planes.luma.cut(0, 0, width, height);
    Ok(Some(planes))
}
