package procedure

import (
	"fmt"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// guardNodes bounds a guard's size. Without calls and ranges an expression has
// no loops, so its cost is bounded by its size.
const guardNodes = 64

// Guard is a condition over a case, compiled and type-checked when the rule
// book is read. It sees the declared data and: overdue, returned, extended
// (bool), and opened_days, stage_days (whole days since).
type Guard struct {
	Text    string
	program *vm.Program
}

// builtinNames are what every guard sees besides the declared data.
var builtinNames = map[string]any{
	"overdue": false, "returned": false, "extended": false,
	"opened_days": 0, "stage_days": 0,
}

// dataTypes are the zero values of the types of declared data. Guards see a day
// as its text, which compares as days do.
var dataTypes = map[string]any{"text": "", "int": 0, "bool": false, "date": ""}

func compileGuard(text string, data []Datum) (*Guard, error) {
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	plain := &plainness{}
	ast.Walk(&tree.Node, plain)
	if plain.foreign != "" {
		return nil, fmt.Errorf("条件中不能用 %s，只能比较、计算和用 and、or、not、in", plain.foreign)
	}
	env := make(map[string]any, len(builtinNames)+len(data))
	for _, d := range data {
		env[d.Code] = dataTypes[d.Type]
	}
	for name, zero := range builtinNames {
		env[name] = zero
	}
	program, err := expr.Compile(text, expr.Env(env), expr.AsBool(), expr.MaxNodes(guardNodes), expr.DisableAllBuiltins())
	if err != nil {
		return nil, err
	}
	return &Guard{Text: text, program: program}, nil
}

// plainness finds what is not plain comparing and reckoning: calls, loops,
// ranges and powers, which could cost more than their length.
type plainness struct{ foreign string }

// Visit looks at one node of a parsed guard.
func (p *plainness) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode,
		*ast.UnaryNode, *ast.ArrayNode, *ast.ConditionalNode, *ast.ConstantNode:
	case *ast.BinaryNode:
		if n.Operator == ".." || n.Operator == "**" || n.Operator == "^" {
			p.foreign = n.Operator
		}
	default:
		p.foreign = (*node).String()
	}
}

// holds asks the guard. A nil guard always holds.
func (g *Guard) holds(env map[string]any) (bool, error) {
	if g == nil {
		return true, nil
	}
	out, err := expr.Run(g.program, env)
	if err != nil {
		return false, fmt.Errorf("procedure: guard %q: %w", g.Text, err)
	}
	yes, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("procedure: guard %q gave %T", g.Text, out)
	}
	return yes, nil
}

// readDatum turns stored text into what guards see; absent is the zero value.
func readDatum(d Datum, text string) (any, error) {
	if text == "" {
		return dataTypes[d.Type], nil
	}
	switch d.Type {
	case "int":
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("procedure: case data %s is not a whole number: %w", d.Code, err)
		}
		return n, nil
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("procedure: case data %s is not true or false: %w", d.Code, err)
		}
		return b, nil
	}
	return text, nil
}
