package media

import "cunwu/service/fault"

// Refusals of uploads and of fetching what was uploaded.
var (
	// ErrNotFound: no such file, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "media.not_found", "没有找到这个文件。")
	// ErrSignIn: uploads are in somebody's name.
	ErrSignIn = fault.Define(fault.Unauthenticated, "media.sign_in_required", "请先登录，再上传文件。")
	// ErrTooLarge: more bytes than Limits.Bytes.
	ErrTooLarge = fault.Define(fault.TooLarge, "media.too_large", "文件太大，请压缩后再上传。")
	// ErrEmpty: nothing was sent.
	ErrEmpty = fault.Define(fault.Invalid, "media.empty", "这个文件是空的，请重新选择。")
	// ErrKind: not one of the kinds taken, whatever its name says.
	ErrKind = fault.Define(fault.Unsupported, "media.kind_unknown", "只能上传照片（jpg、png）、PDF 文件和录音（mp3）。")
	// ErrDimensions: more pixels, or longer, than is decoded.
	ErrDimensions = fault.Define(fault.Invalid, "media.dimensions", "照片尺寸太大，请缩小后再上传。")
	// ErrBroken: of a known kind, but damaged or cut off.
	ErrBroken = fault.Define(fault.Invalid, "media.broken", "这个文件已损坏或不完整，请重新选择。")
	// ErrUnsafePDF: contains scripts, embedded files or the like, or cannot be looked into.
	ErrUnsafePDF = fault.Define(fault.Invalid, "media.unsafe_pdf", "这个 PDF 里有脚本、内嵌文件或密码，为了安全不能上传。请重新“另存为”或“打印为”普通 PDF 再试。")
	// ErrTooLong: a recording of more than Limits.Seconds.
	ErrTooLong = fault.Define(fault.Invalid, "media.too_long", "录音太长，请控制在一分钟以内。")
)
