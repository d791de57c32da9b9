package disclosure

import "strings"

// asWritten keeps what a posting's text would take for its own from being taken so.
var asWritten = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "~", `\~`, "!", `\!`, "&", `\&`, "#", `\#`,
)

// Cell puts a text as it is into one line of a posting's text, or one cell of a
// table in it: for nouns that draft postings from their records.
func Cell(text string) string { return asWritten.Replace(strings.Join(strings.Fields(text), " ")) }
