//! Pixels become WebP: one picture, or frame by frame an animation, by libwebp's own encoders.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::time::Instant;

use libwebp_sys as webp_sys;

use crate::pixels::planes::Planes;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

/// libwebp takes no more in either direction.
pub(crate) const SIDE: u32 = 16_383;

/// A picture in libwebp's memory, freed with it.
struct Picture(webp_sys::WebPPicture);

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: initialised by `Picture::new`, and freed only here.
        unsafe { webp_sys::WebPPictureFree(&mut self.0) }
    }
}

impl Picture {
    /// Without pixels.
    fn new((width, height): (u32, u32)) -> Result<Picture, Refusal> {
        if width > SIDE || height > SIDE {
            return Err(Refusal::damaged("too long for WebP"));
        }
        let mut picture = MaybeUninit::<webp_sys::WebPPicture>::uninit();
        // SAFETY: the call fills the struct it is given, or returns false when versions differ.
        if !unsafe { webp_sys::WebPPictureInit(picture.as_mut_ptr()) } {
            return Err(failed());
        }
        // SAFETY: initialised by the call above, which succeeded.
        let mut picture = unsafe { picture.assume_init() };
        (picture.width, picture.height) = (width as i32, height as i32);
        Ok(Picture(picture))
    }

    /// Of colours, with or without alpha; `exact` keeps them as they are, for a file without loss.
    fn of_raster(raster: &Raster, exact: bool) -> Result<Picture, Refusal> {
        let alpha = raster.layout == Layout::Rgba;
        if raster.wide || !(alpha || raster.layout == Layout::Rgb) {
            return Err(Refusal::damaged("pixels that WebP does not know"));
        }
        let mut picture = Picture::new((raster.width, raster.height))?;
        picture.0.use_argb = i32::from(exact);
        let stride = raster.width as usize * raster.layout.channels();
        assert_eq!(
            raster.pixels.len(),
            stride * raster.height as usize,
            "rows are whole"
        );
        let (pixels, stride) = (raster.pixels.as_ptr(), stride as i32);
        // SAFETY: `pixels` holds `height` rows of `stride` bytes (asserted above), each of `width` pixels of
        // three or four bytes; the picture is initialised.
        let read = unsafe {
            match alpha {
                true => webp_sys::WebPPictureImportRGBA(&mut picture.0, pixels, stride),
                false => webp_sys::WebPPictureImportRGB(&mut picture.0, pixels, stride),
            }
        };
        (read != 0).then_some(picture).ok_or_else(failed)
    }

    /// Of planes, whose full range (ITU-T T.871) becomes that of video (ITU-R BT.601), as WebP wants it.
    fn of_planes(planes: &Planes) -> Result<Picture, Refusal> {
        let mut picture = Picture::new((planes.luma.width, planes.luma.height))?;
        // SAFETY: the picture is initialised; the call allocates its three planes for its size.
        if unsafe { webp_sys::WebPPictureAlloc(&mut picture.0) } == 0 {
            return Err(failed());
        }
        let range = |low: f64, high: f64, middle: f64| -> Vec<u8> {
            let scale = (high - low) / 255.0;
            let of = |value: f64| middle + (value - if middle > low { 128.0 } else { 0.0 }) * scale;
            (0..=255)
                .map(|value| of(f64::from(value)).round() as u8)
                .collect()
        };
        let (luma, chroma) = (range(16.0, 235.0, 16.0), range(16.0, 240.0, 128.0));
        let raw = &picture.0;
        for (plane, start, stride, table) in [
            (&planes.luma, raw.y, raw.y_stride, &luma),
            (&planes.blue, raw.u, raw.uv_stride, &chroma),
            (&planes.red, raw.v, raw.uv_stride, &chroma),
        ] {
            let width = plane.width as usize;
            for (y, row) in plane.pixels.chunks_exact(width).enumerate() {
                // SAFETY: libwebp's planes have a row of at least `width` bytes for each of ours: luma is as
                // large as the picture, and chroma half of it, rounded up.
                let into = unsafe {
                    std::slice::from_raw_parts_mut(start.add(y * stride as usize), width)
                };
                for (to, from) in into.iter_mut().zip(row) {
                    *to = table[usize::from(*from)];
                }
            }
        }
        Ok(picture)
    }

    /// The file; given up with an error when the time is over.
    fn encode(mut self, how: How, until: Option<Instant>) -> Result<Vec<u8>, Refusal> {
        let config = config(how)?;
        if let Some(until) = &until {
            self.0.progress_hook = Some(is_in_time);
            self.0.user_data = std::ptr::from_ref(until).cast_mut().cast();
        }
        let mut writer = MaybeUninit::<webp_sys::WebPMemoryWriter>::uninit();
        // SAFETY: the call fills the struct it is given.
        let mut writer = unsafe {
            webp_sys::WebPMemoryWriterInit(writer.as_mut_ptr());
            writer.assume_init()
        };
        self.0.writer = Some(webp_sys::WebPMemoryWrite);
        self.0.custom_ptr = (&raw mut writer).cast();
        // SAFETY: picture and config are initialised, and what `custom_ptr` and `user_data` point to outlives
        // the call; after a success `mem` points to `size` bytes, which are copied before they are freed.
        unsafe {
            let done = webp_sys::WebPEncode(&config, &mut self.0) != 0;
            let file = (done && !writer.mem.is_null())
                .then(|| std::slice::from_raw_parts(writer.mem, writer.size).to_vec());
            webp_sys::WebPMemoryWriterClear(&mut writer);
            file.ok_or_else(failed)
        }
    }
}

/// Whether libwebp may go on: called by it now and then with a picture whose `user_data` is an instant.
unsafe extern "C" fn is_in_time(_percent: i32, picture: *const webp_sys::WebPPicture) -> i32 {
    // SAFETY: only set by `Picture::encode`, which keeps the instant as long as the picture is written.
    let until = unsafe { &*(*picture).user_data.cast::<Instant>() };
    i32::from(Instant::now() <= *until)
}

/// How a WebP is written.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// 1 to 100; without loss, how much is tried.
    pub quality: u8,
    pub lossless: bool,
}

impl How {
    pub fn lossy(quality: u8) -> How {
        How {
            quality,
            lossless: false,
        }
    }
}

fn config(how: How) -> Result<webp_sys::WebPConfig, Refusal> {
    let mut config = webp_sys::WebPConfig::new().map_err(|()| failed())?;
    config.quality = f32::from(how.quality);
    config.method = 4;
    config.lossless = i32::from(how.lossless);
    config.exact = i32::from(how.lossless);
    Ok(config)
}

/// Writes a WebP, lossy or without loss, with alpha when the picture has some.
/// `until` is when it is given up.
pub(crate) fn still(raster: &Raster, how: How, until: Option<Instant>) -> Result<Vec<u8>, Refusal> {
    Picture::of_raster(raster, how.lossless)?.encode(how, until)
}

/// Writes a lossy WebP of planes as they are.
pub(crate) fn of_planes(
    planes: &Planes,
    quality: u8,
    until: Option<Instant>,
) -> Result<Vec<u8>, Refusal> {
    Picture::of_planes(planes)?.encode(How::lossy(quality), until)
}

pub(crate) struct WebpAnimation {
    encoder: NonNull<webp_sys::WebPAnimEncoder>,
    config: webp_sys::WebPConfig,
    size: (u32, u32),
    /// When the next frame begins.
    milliseconds: i32,
    transparent: bool,
}

impl WebpAnimation {
    /// Runs `repeats` times, 0 being for ever.
    pub fn new(size: (u32, u32), repeats: u16, how: How) -> Result<Self, Refusal> {
        let config = config(how)?;
        let mut options = MaybeUninit::<webp_sys::WebPAnimEncoderOptions>::uninit();
        let version = webp_sys::WEBP_MUX_ABI_VERSION as i32;
        // SAFETY: the call fills the struct it is given, or returns 0 when versions differ.
        if unsafe { webp_sys::WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), version) }
            == 0
        {
            return Err(failed());
        }
        // SAFETY: initialised by the call above, which succeeded.
        let mut options = unsafe { options.assume_init() };
        options.anim_params.loop_count = repeats.into();
        let (width, height) = (size.0 as i32, size.1 as i32);
        // SAFETY: the options are initialised and only read during the call.
        let encoder =
            unsafe { webp_sys::WebPAnimEncoderNewInternal(width, height, &options, version) };
        Ok(WebpAnimation {
            encoder: NonNull::new(encoder).ok_or_else(failed)?,
            config,
            size,
            milliseconds: 0,
            transparent: false,
        })
    }

    /// Adds a frame with alpha, of the size of all of them.
    pub fn add(&mut self, frame: &Raster, milliseconds: u32) -> Result<(), Refusal> {
        if (frame.width, frame.height) != self.size || frame.layout != Layout::Rgba {
            return Err(Refusal::damaged("a frame of another size"));
        }
        self.transparent |= frame.pixels.chunks_exact(4).any(|pixel| pixel[3] < 255);
        let mut picture = Picture::of_raster(frame, true)?;
        // SAFETY: the encoder lives until it is dropped, and picture and config are initialised.
        let done = unsafe {
            let (encoder, at) = (self.encoder.as_ptr(), self.milliseconds);
            webp_sys::WebPAnimEncoderAdd(encoder, &mut picture.0, at, &self.config) != 0
        };
        let length = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        self.milliseconds = self.milliseconds.saturating_add(length.max(1));
        done.then_some(()).ok_or_else(failed)
    }

    /// The file.
    pub fn finish(self) -> Result<Vec<u8>, Refusal> {
        let mut data = MaybeUninit::<webp_sys::WebPData>::zeroed();
        // SAFETY: adding nothing tells the encoder when the last frame ends; assembling fills `data`, whose
        // bytes are copied before they are freed.
        let file = unsafe {
            let encoder = self.encoder.as_ptr();
            let end = webp_sys::WebPAnimEncoderAdd(
                encoder,
                std::ptr::null_mut(),
                self.milliseconds,
                std::ptr::null(),
            );
            let done = webp_sys::WebPAnimEncoderAssemble(encoder, data.as_mut_ptr());
            let data = data.assume_init();
            let file = (end != 0 && done != 0 && !data.bytes.is_null())
                .then(|| std::slice::from_raw_parts(data.bytes, data.size).to_vec());
            webp_sys::WebPFree(data.bytes.cast_mut().cast());
            file
        };
        let mut file = file.ok_or_else(failed)?;
        // What lies outside of a frame's rectangle is transparent too, which libwebp does not count as
        // alpha: without this flag (WebP container, VP8X) readers may make it opaque.
        if self.transparent && file.get(12..16) == Some(b"VP8X") {
            file[20] |= 0x10;
        }
        Ok(file)
    }
}

impl Drop for WebpAnimation {
    fn drop(&mut self) {
        // SAFETY: made by WebPAnimEncoderNewInternal, and freed only here.
        unsafe { webp_sys::WebPAnimEncoderDelete(self.encoder.as_ptr()) }
    }
}

fn failed() -> Refusal {
    Refusal::damaged("libwebp refused")
}
