" Vim syntax file of the modelling language. `southbound lsp` does the rest.
if exists("b:current_syntax")
  finish
endif

syntax keyword inmantaDefinition entity typedef implementation implement index extends
syntax keyword inmantaDefinition matching as using when parents
syntax keyword inmantaImport import
syntax keyword inmantaBlock for in if elif else end
syntax keyword inmantaOperator and or not is defined
syntax keyword inmantaConstant true false null undef
syntax keyword inmantaType dict
syntax keyword inmantaPrimitive string int float number bool list
syntax keyword inmantaSelf self

" Names of entities; a name before `::` is a namespace, one before `(` a function.
syntax match inmantaEntity "\<[A-Z][A-Za-z0-9_-]*"
syntax match inmantaNamespace "\<[a-z_][A-Za-z0-9_-]*\ze\s*::"
syntax match inmantaFunction "\<[a-z_][A-Za-z0-9_-]*\ze("
syntax match inmantaRelation "--\|<-\|->"
syntax match inmantaNumber "\<\d\+\(\.\d\+\)\=\>"
syntax match inmantaEscape contained "\\."
syntax match inmantaPlaceholder contained "{{\s*[A-Za-z0-9_.-]\+\s*}}"
syntax match inmantaField contained "{[^{}]*}"

syntax region inmantaRegex matchgroup=inmantaDefinition start="\<matching\s\+/" skip="\\." end="/" oneline
syntax region inmantaString start=+"+ skip=+\\.+ end=+"+ oneline contains=inmantaEscape,inmantaPlaceholder
syntax region inmantaString start=+'+ skip=+\\.+ end=+'+ oneline contains=inmantaEscape,inmantaPlaceholder
syntax region inmantaString start=+"""+ end=+"""+ contains=inmantaEscape,inmantaPlaceholder
syntax region inmantaString start=+\<f"+ skip=+\\.+ end=+"+ oneline contains=inmantaEscape,inmantaField
syntax region inmantaString start=+\<f'+ skip=+\\.+ end=+'+ oneline contains=inmantaEscape,inmantaField
syntax region inmantaString start=+\<r"+ skip=+\\.+ end=+"+ oneline
syntax region inmantaString start=+\<r'+ skip=+\\.+ end=+'+ oneline
syntax match inmantaComment "#.*$"

highlight default link inmantaDefinition Structure
highlight default link inmantaImport Include
highlight default link inmantaBlock Conditional
highlight default link inmantaOperator Operator
highlight default link inmantaConstant Constant
highlight default link inmantaType Type
highlight default link inmantaPrimitive Type
highlight default link inmantaSelf Identifier
highlight default link inmantaEntity Type
highlight default link inmantaNamespace Include
highlight default link inmantaFunction Function
highlight default link inmantaRelation Operator
highlight default link inmantaNumber Number
highlight default link inmantaEscape SpecialChar
highlight default link inmantaPlaceholder Special
highlight default link inmantaField Special
highlight default link inmantaRegex String
highlight default link inmantaString String
highlight default link inmantaComment Comment

setlocal commentstring=#\ %s
let b:current_syntax = "inmanta"
