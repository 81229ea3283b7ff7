"""`python -m bench completion`: prints what completes `recurrent-bench` in bash and zsh.

    eval "$(recurrent-bench completion)"          in ~/.bashrc; in ~/.zshrc after: autoload -U bashcompinit; bashcompinit

Commands, groups, their options and keys are completed, as Hydra knows them.
"""

from collections.abc import Sequence

from bench.commands import PROG, verbs
from bench.errors import ConfigError

SCRIPT = """_recurrent_bench() {
    local word="${COMP_WORDS[COMP_CWORD]}" choices=""
    case " %(verbs)s " in
        *" ${COMP_WORDS[1]} "*) [ "$COMP_CWORD" -gt 1 ] || choices="%(verbs)s" ;;
        *) choices=$(COMP_LINE="$COMP_LINE" recurrent-bench -sc query=bash 2>/dev/null)
           [ "$COMP_CWORD" -gt 1 ] || choices="%(verbs)s $choices" ;;
    esac
    COMPREPLY=($(compgen -o default -W "$choices" -- "$word"))
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//=}
complete -o nospace -o default -F _recurrent_bench recurrent-bench
"""


def main(arguments: Sequence[str]) -> int:
    if strange := [word for word in arguments if word not in ("-h", "--help")]:
        raise ConfigError(f"{strange[0]} is refused: completion takes no words; give {PROG} completion alone.")
    print(__doc__ if arguments else SCRIPT % {"verbs": " ".join(verbs())}, end="")
    return 0
