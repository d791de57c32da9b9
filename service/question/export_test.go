package question

// Cell is how a text is put into a table.
func Cell(text string) string { return cell(text) }
