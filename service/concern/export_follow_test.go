package concern

// FiguresOf is what is counted of one concern, whatever was counted before.
var FiguresOf = figuresOf
