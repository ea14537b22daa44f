# Completes commands and options of secureauth and secureauthctl from what `--help` says, so that it never lags behind.
_secureauth() {
  local word words=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || words+=("$word")
  done
  local help
  help=$(cd / && /usr/bin/secureauth "${words[@]}" --help 2>/dev/null) || return 0
  local commands options
  commands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<< "$help")
  options=$(grep -oE '(^|[ ,])--[a-z][a-z-]*' <<< "$help" | tr -d ' ,')
  mapfile -t COMPREPLY < <(compgen -W "$commands $options" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -F _secureauth secureauth secureauthctl
