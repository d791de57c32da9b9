package api

import "github.com/danielgtaylor/huma/v2/validation"

// missing begins the message about a property that is not there; its name follows.
const missing = "缺少 "

// sayInChinese replaces the validator's English sentences. The texts are
// package variables of the library, so this happens once, before any request.
func sayInChinese() {
	validation.MsgUnexpectedProperty = "不认识这一项，请去掉"
	validation.MsgExpectedRFC3339DateTime = "时间格式不对，应如 2026-01-31T08:00:00+08:00"
	validation.MsgExpectedRFC3339Date = "日期格式不对，应如 2026-01-31"
	validation.MsgExpectedBoolean = "应为 true 或 false"
	validation.MsgExpectedNumber = "应为数字"
	validation.MsgExpectedInteger = "应为整数"
	validation.MsgExpectedString = "应为文字"
	validation.MsgExpectedBase64String = "应为 base64 文字"
	validation.MsgExpectedArray = "应为列表"
	validation.MsgExpectedObject = "应为一组字段"
	validation.MsgExpectedArrayItemsUnique = "有重复的项"
	validation.MsgExpectedOneOf = "只能是其中之一：%s"
	// Bounds are floats; amounts in 分 are shown with all their digits.
	validation.MsgExpectedMinimumNumber = "不能小于 %.16g"
	validation.MsgExpectedExclusiveMinimumNumber = "必须大于 %.16g"
	validation.MsgExpectedMaximumNumber = "不能大于 %.16g"
	validation.MsgExpectedExclusiveMaximumNumber = "必须小于 %.16g"
	validation.MsgExpectedMinLength = "至少 %d 个字"
	validation.MsgExpectedMaxLength = "最多 %d 个字"
	validation.MsgExpectedBePattern = "格式不对，应为 %s"
	validation.MsgExpectedMatchPattern = "格式不对，应符合 %s"
	validation.MsgExpectedMinItems = "至少要有 %d 项"
	validation.MsgExpectedMaxItems = "最多 %d 项"
	validation.MsgExpectedRequiredProperty = missing + "%s"
	validation.MsgExpectedMaxProperties = "最多 %d 项"
}
