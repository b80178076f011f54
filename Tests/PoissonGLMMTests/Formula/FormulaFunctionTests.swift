import Testing

@testable import PoissonGLMM

/// What is said of functions that are not as R has them.
@Suite struct FormulaFunctionTests {
  @Test(arguments: [
    ("ploy(x, 2)", "'ploy' is not a known function (did you mean poly()?); there are abs(),", 4),
    ("lag(x)", "'lag' is not a known function (did you mean log()?)", 4),
    ("relevl(f, \"a\")", "'relevl' is not a known function (did you mean relevel()?)", 4),
    ("exp(x, 2)", "exp() has too many arguments: it is written 'exp(x)'.", 11),
    ("log()", "log() lacks its argument: it is written 'log(x)' or 'log(x, base = 2)'.", 4),
    ("log(2)", "log(2) holds no column: it is the same for every row.", 4),
    (
      "poly(x, degre = 2)",
      "'degre' is not an argument of poly() (did you mean 'degree'?): it is written 'poly(x, 2)' "
        + "or 'poly(x, degree = 2, raw = TRUE)'.", 20
    ),
    ("poly(x, 2, degree = 3, raw = TRUE)", "poly() has too many arguments:", 12),
    ("poly(x, 0)", "Expected a whole number from 1 to 100 for 'degree', found '0'.", 12),
    ("poly(x, 2.5)", "Expected a whole number from 1 to 100 for 'degree', found '2.5'.", 12),
    ("poly(x, z)", "Expected a whole number from 1 to 100 for 'degree', found 'z'.", 12),
    ("poly(x, 2, raw = yes)", "Expected TRUE or FALSE for 'raw', found 'yes'.", 21),
    ("poly(3, 2)", "poly(3, 2) holds no column: it is the same for every row.", 4),
    ("ns(x, 0)", "Expected a whole number from 1 to 100 for 'df', found '0'.", 10),
    ("bs(x, 2)", "Expected a whole number from 3 to 100 for 'df', found '2'.", 10),
    ("bs(x, df = 4, knots = 3)", "Expected either 'df' or 'knots', found both.", 26),
    ("ns(x, knots = c(1, 1))", "Expected different numbers, as in 'knots = c(1, 2)', found", 18),
    ("ns(x, knots = c(1, z))", "Expected different numbers, as in 'knots = c(1, 2)', found", 18),
    (
      "ns(x, knots = 5, Boundary.knots = c(0, 5))",
      "The knots must lie between the ends, 'Boundary.knots'.", 38
    ),
    ("ns(x, Boundary.knots = 5)", "Expected two numbers, the ends, for 'Boundary.knots'.", 27),
    (
      "scale(x, center = z)", "Expected TRUE, FALSE or a number for 'center', found 'z'.", 22
    ),
    ("scale(x, scale = 0)", "Expected TRUE, FALSE or a number other than 0 for 'scale'", 21),
    ("relevel(f)", "relevel() lacks 'ref': it is written 'relevel(f, ref = \"a\")'.", 4),
    ("relevel(f, ref = GP)", "Expected a level in quotation marks, as in 'ref = \"a\"', found", 21),
    ("factor(f, levels = \"a\")", "Expected two levels or more, each once, as in 'levels = c(", 23),
    ("ifelse(x > 2, 1)", "ifelse() lacks 'no': it is written 'ifelse(x > 2, x, 2)'.", 4),
    ("I(factor(x))", "factor() cannot stand inside arithmetic.", 6),
    ("I(poly(x, 2) * z)", "poly() makes several columns: it cannot stand inside arithmetic.", 6),
    ("log(\"a\")", "Expected a number or a column, found a text.", 8),
    ("I(x < \"a\")", "A text can be compared by '==' and '!=' only.", 8),
    ("I(x + 1 == \"a\")", "Only a column can be compared with a text, as in 'f == \"a\"'.", 12),
    ("I(1 < x < 3)", "One comparison at a time: join them by '&', as in 'x > 1 & x < 2'.", 12),
    ("I(x + 1 %in% c(1, 2))", "Expected a column and its values, as in 'f %in% c(", 12),
    ("x > 2", "Comparisons stand in I(), as in 'I(x > 2)'.", 6),
    ("(x > 2)", "Comparisons stand in I(), as in 'I(x > 2)'.", 7),
    ("splines::ns(x, 3)", "A function stands without its package, as in 'ns(x, 3)'.", 12),
    ("c(1, 2)", "Expected a term, found a list.", 4),
    ("offset(x, z)", "offset() has one argument: it is written 'offset(log(days))'.", 4),
    ("offset(I(scale(x)))", "scale() cannot be part of an offset, which is known without the", 4),
    ("offset(poly(x, 2))", "poly() makes several columns: it cannot stand inside arithmetic.", 11),
    (
      "1B",
      "'1B' is neither a number nor a name: a name that begins with a digit is written in "
        + "backticks, as in `1B`.", 4
    ),
    ("I(x * 2nd)", "'2nd' is neither a number nor a name:", 10),
    ("relevel(f, \"a)", "The quotation mark that opens this text is never closed.", 15),
    ("(1 + . | h)", "'.', for all other columns, stands among the fixed effects only.", 9),
    ("(1 | as.factor(g + 1))", "as.factor() takes the name of one column.", 21),
  ])
  func mistakesAreSaidWithTheirPlace(term: String, message: String, position: Int) {
    #expect {
      try Formula("y ~ \(term) + (1 | g)")
    } throws: { error in
      guard let error = error as? FormulaError else { return false }
      return error.message.hasPrefix(message) && error.position == position
    }
  }

  @Test func namesAreWrittenAsRDoes() throws {
    let names = try Formula(
      "y ~ I(x*1E5)+log( x,base=2 )+relevel( f,'GP' )+I(!x==1&z<.5)+poly(`odd name`,2L) + (1 | g)"
    ).fixed.variables.map(\.name)
    #expect(
      names == [
        "I(x * 1e+05)", "log(x, base = 2)", "relevel(f, \"GP\")", "I(!x == 1 & z < 0.5)",
        "poly(`odd name`, 2)",
      ])
    // The same variable, however it is written.
    #expect(try Formula("y ~ poly(x,2) + poly( x , 2 ) + (1|g)").fixed.terms.count == 1)
  }

  @Test(
    arguments: [
      (100_000.0, "1e+05"), (10_000.0, "10000"), (123_456.0, "123456"), (0.0001, "1e-04"),
      (0.001, "0.001"), (0.1 + 0.2, "0.3"), (1.0 / 3.0, "0.333333333333333"), (-2.5e-7, "-2.5e-07"),
      (1e300, "1e+300"), (0.0, "0"), (1e15, "1e+15"), (1_234_567.891, "1234567.891"),
    ] as [(Double, String)])
  func numbersAreWrittenAsRDoes(number: Double, text: String) {
    #expect(RText.number(number) == text)
  }

  @Test func columnsAreAskedForByTheirUse() throws {
    let formula = try Formula("y ~ I(f == \"a\") + log(t) + relevel(h, \"b\") + ns(s, 3) + (1 | g)")
    #expect(
      formula.columnRequests == [
        ColumnRequest(name: "y", use: .number), ColumnRequest(name: "f", use: .label),
        ColumnRequest(name: "t", use: .number), ColumnRequest(name: "h", use: .label),
        ColumnRequest(name: "s", use: .number), ColumnRequest(name: "g", use: .label),
      ])
  }
}
