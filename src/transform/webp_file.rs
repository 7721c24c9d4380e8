//! An animation as WebP, frame by frame, by libwebp's own animation encoder.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use libwebp_sys as webp_sys;

use super::Refusal;
use super::raster::{Layout, Raster};

pub(super) struct WebpAnimation {
    encoder: NonNull<webp_sys::WebPAnimEncoder>,
    config: webp_sys::WebPConfig,
    size: (u32, u32),
    /// When the next frame begins.
    milliseconds: i32,
    transparent: bool,
}

impl WebpAnimation {
    /// Runs `repeats` times, 0 being for ever; `how` is quality and whether it is without loss.
    pub fn new(
        size: (u32, u32),
        repeats: u16,
        (quality, lossless): (u8, bool),
    ) -> Result<Self, Refusal> {
        let mut config = webp_sys::WebPConfig::new().map_err(|()| failed())?;
        config.quality = f32::from(quality);
        config.method = 4;
        config.lossless = i32::from(lossless);
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
        let stride = frame.width as usize * 4;
        assert_eq!(
            frame.pixels.len(),
            stride * frame.height as usize,
            "rows are whole"
        );
        self.transparent |= frame.pixels.chunks_exact(4).any(|pixel| pixel[3] < 255);
        let mut picture = MaybeUninit::<webp_sys::WebPPicture>::uninit();
        // SAFETY: the call fills the struct it is given, or returns false when versions differ.
        if !unsafe { webp_sys::WebPPictureInit(picture.as_mut_ptr()) } {
            return Err(failed());
        }
        // SAFETY: initialised by the call above, which succeeded.
        let mut picture = unsafe { picture.assume_init() };
        picture.use_argb = 1;
        (picture.width, picture.height) = (frame.width as i32, frame.height as i32);
        // SAFETY: `pixels` holds `height` rows of `stride` bytes (asserted above); the encoder lives until
        // it is dropped; the picture's memory is freed once and not used after that.
        let done = unsafe {
            let pixels = frame.pixels.as_ptr();
            let read = webp_sys::WebPPictureImportRGBA(&mut picture, pixels, stride as i32) != 0;
            let added = read
                && webp_sys::WebPAnimEncoderAdd(
                    self.encoder.as_ptr(),
                    &mut picture,
                    self.milliseconds,
                    &self.config,
                ) != 0;
            webp_sys::WebPPictureFree(&mut picture);
            added
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
