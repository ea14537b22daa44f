# What browsers need of a page's file: whole-line comments and indentation stay in the repository (issue 10 allows the
# hosted pages 60 KiB). Scripts hold no text over several lines, which would lose its indentation; a static test says so.
# A comment that begins a line ends it.
/^ *\/\*.*\*\/ *$/d
/^ *\/\*/,/\*\//d
/^ *\/\//d
/^ *$/d
s/^ +//
