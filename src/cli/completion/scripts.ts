/** What each shell runs to complete the words after `portunix`. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** @see file://./candidates.ts for the lines that the scripts read. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of portunix for bash. For this shell: source <(portunix completion bash)
_portunix() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) compopt -o default ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(portunix __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then
    compopt -o nospace
  fi
}
complete -F _portunix portunix
`,
  zsh: `#compdef portunix
# Completion of portunix for zsh. For this shell: source <(portunix completion zsh)
_portunix() {
  local -a candidates
  local line files=
  while IFS= read -r line; do
    case "$line" in
      :files) files=1 ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(portunix __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe portunix candidates
  [[ -n "$files" ]] && _files
}
compdef _portunix portunix
`,
  fish: `# Completion of portunix for fish. For this shell: portunix completion fish | source
function __portunix_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  portunix __complete -- $before[2..-1] "$current" 2>/dev/null | string match -v ':*'
end
complete -c portunix -f -a '(__portunix_complete)'
complete -c portunix -s f -l filename -r -F
complete -c portunix -l manifests -r -F
`,
};
