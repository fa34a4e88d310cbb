#!/bin/sh
# Verifies everything in this archive without Pli: needs only openssl and pdfsig (poppler-utils).
# Vérifie tout ce que contient cette archive, sans Pli. Usage : sh verifier.sh
# Ends with 0 when all holds, 1 otherwise.
set -u
LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
roots="$here/certificats/autorite.pem"
own="$here/certificats/cles-personnelles.pem"
wrong=0
bad() { echo "  NON : $1"; wrong=1; }

echo "1. Empreintes (SHA-256)"
while IFS= read -r line; do
  wanted=${line%% *}
  name=${line#*  }
  found=$(openssl dgst -sha256 -r "$here/$name" 2>/dev/null | cut -c1-64)
  if [ "$wanted" = "$found" ]; then echo "  oui : $name"; else bad "$name"; fi
done < "$here/empreintes.sha256"

# The bytes a signature covers, the two ranges one after the other; then openssl judges signature and timestamp.
check() {
  number=0
  while [ -f "$work/$1.sig$number" ]; do
    sig="$work/$1.sig$number"
    ranges=$(sed -n 's/.*Signed Ranges: //p' "$work/said" | sed -n "$((number + 1))p" | tr -cs '0-9' ' ')
    # shellcheck disable=SC2086
    set -- "$1" $ranges
    head -c "$3" "$work/$1" > "$work/covered"
    tail -c "+$(($4 + 1))" "$work/$1" | head -c "$(($5 - $4))" >> "$work/covered"
    kind=$(sed -n 's/.*Signature Type: //p' "$work/said" | sed -n "$((number + 1))p")
    # The timestamp of a whole document: older versions of pdfsig have no name for it.
    if [ "$kind" = "ETSI.RFC3161" ] || [ "$kind" = "unknown" ]; then
      dated "$1" "$sig" "$work/covered" "$((number + 1))"
    elif openssl cms -verify -binary -inform DER -in "$sig" -content "$work/covered" -CAfile "$roots" -purpose any \
      -no_check_time -out /dev/null 2>/dev/null; then
      echo "  oui : $1, signature $((number + 1)) et son certificat"
      stamp "$1" "$sig" "$((number + 1))"
    elif [ -f "$own" ] && openssl cms -verify -binary -inform DER -in "$sig" -content "$work/covered" -CAfile "$own" \
      -partial_chain -purpose any -no_check_time -signer "$work/person.pem" -out /dev/null 2>/dev/null; then
      echo "  oui : $1, signature $((number + 1)), par la clé personnelle de"
      openssl x509 -in "$work/person.pem" -noout -subject -issuer -nameopt RFC2253 | sed 's/^/          /'
      echo "          (à vous de juger si vous faites confiance à cet émetteur / whether to trust this issuer is yours to say)"
      stamp "$1" "$sig" "$((number + 1))"
    else
      bad "$1, signature $((number + 1)) ou son certificat"
    fi
    number=$((number + 1))
  done
  [ "$number" -gt 0 ] || bad "$1 ne porte aucune signature"
}

stamp() {
  openssl asn1parse -inform DER -in "$2" > "$work/tree" 2>/dev/null
  token=$(grep -A2 id-smime-aa-timeStampToken "$work/tree" | tail -1 | cut -d: -f1 | tr -d ' ')
  [ -n "$token" ] || return 0
  value=$(grep 'd=5 .*OCTET STRING' "$work/tree" | tail -1 | cut -d: -f1 | tr -d ' ')
  openssl asn1parse -inform DER -in "$2" -strparse "$token" -noout -out "$work/token" > /dev/null 2>&1
  openssl asn1parse -inform DER -in "$2" -strparse "$value" -noout -out "$work/value" > /dev/null 2>&1
  dated "$1" "$work/token" "$work/value" "$3"
}

# name, token, what it dates, number
dated() {
  # The token of a whole document comes with the zeros of the place kept for it.
  openssl pkcs7 -inform DER -in "$2" -outform DER -out "$work/trimmed" 2>/dev/null || cp "$2" "$work/trimmed"
  if openssl ts -verify -data "$3" -in "$work/trimmed" -token_in -CAfile "$roots" -no_check_time > /dev/null 2>&1; then
    when=$(openssl ts -reply -in "$work/trimmed" -token_in -text 2>/dev/null | sed -n 's/^Time stamp: //p')
    echo "  oui : $1, horodatage $4 : $when"
    cp "$work/trimmed" "$work/$1.last"
  else
    bad "$1, horodatage $4 (une autorité extérieure n'est pas dans certificats/autorite.pem : ajoutez-l'y)"
  fi
}

echo "2. Signatures"
for path in "$here"/documents/*.pdf "$here"/preuves/*.pdf; do
  [ -f "$path" ] || continue
  name=$(basename "$path")
  cp "$path" "$work/$name"
  (cd "$work" && pdfsig -nocert "$name" > said 2>&1; pdfsig -nocert -dump "$name" > /dev/null 2>&1)
  # pdfsig judges signatures; the timestamps of a whole document are judged by openssl below.
  all=$(grep 'Signature Type: ' "$work/said" | grep -vc 'ETSI.RFC3161\|unknown')
  valid=$(grep -c 'Signature is Valid' "$work/said")
  if [ "$all" -gt 0 ] && [ "$valid" -ge "$all" ] && ! grep -qi 'signature is invalid\|digest mismatch' "$work/said"; then
    echo "  oui : $name, $all signature(s) selon pdfsig"
  else
    bad "$name : $valid signature(s) valable(s) sur $all selon pdfsig"
  fi
  check "$name"
done

# « Nov  8 09:26:32 2026 GMT » as 20261108092632, so that two can be compared.
sortable() {
  echo "$1" | tr -s ' :' ' ' | {
    read -r month day hour minute second year _
    [ "${#day}" = 2 ] || day="0$day"
    month=$(echo "Jan01Feb02Mar03Apr04May05Jun06Jul07Aug08Sep09Oct10Nov11Dec12" | sed "s/.*$month\(..\).*/\1/")
    echo "$year$month$day$hour$minute${second%%.*}"
  }
}

moment() { openssl ts -reply -in "$1" -token_in -text 2>/dev/null | sed -n 's/^Time stamp: //p'; }

# Until when the certificate behind a token is valid.
ends() {
  openssl cms -verify -noverify -inform DER -in "$1" -signer "$work/signer.pem" -out /dev/null 2>/dev/null
  openssl x509 -in "$work/signer.pem" -noout -enddate | sed 's/notAfter=//'
}

digest() { openssl dgst -sha256 -r "$1" | cut -c1-64; }

# A renewal covers the proof, what it proves and the former renewals; a tree of digests leads from there to what is dated.
renewal() {
  label=$(basename "$1" .txt)
  number=${label%% *}
  last="$work/$number.pdf.last"
  [ "$(sed -n 2p "$1")" = "evidence $number" ] || bad "$label : une autre preuve"
  for path in "$here"/documents/*.pdf "$here"/annexes/*.pdf "$here/preuves/$number.pdf" "$here/preuves/$number.json" \
    "$here/renouvellements/$number "*.tst; do
    if [ ! -f "$path" ]; then continue; fi
    if [ "$path" = "${1%.txt}.tst" ]; then break; fi
    grep -q "^sha256 $(digest "$path")\$" "$1" || bad "$label ne couvre pas $(basename "$path")"
  done
  node=$(digest "$1")
  while read -r side other; do
    if [ "$side" = left ]; then set -- "$1" "$other" "$node"; else set -- "$1" "$node" "$other"; fi
    printf 'pli.node/1 %s %s\n' "$2" "$3" > "$work/node"
    node=$(digest "$work/node")
  done < "${1%.txt}.chemin"
  printf 'pli.root/1 %s\n' "$node" > "$work/root"
  dates "$label" "${1%.txt}.tst"
}

dates() {
  when=$(moment "$2")
  if ! openssl ts -verify -data "$work/root" -in "$2" -token_in -CAfile "$roots" -no_check_time > /dev/null 2>&1; then
    bad "$1 : l'horodatage ne couvre pas cela (ou son autorité n'est pas dans certificats/autorite.pem : ajoutez-l'y)"
  elif [ ! -f "$last" ]; then
    bad "$1 : rien avant"
  elif [ "$(sortable "$when")" -gt "$(sortable "$(ends "$last")")" ]; then
    bad "$1 : fait après la fin du précédent ($when)"
  else
    cp "$2" "$last"
    echo "  oui : $1, le $when, vaut jusqu'au $(ends "$last")"
  fi
}

echo "3. Horodatages renouvelés"
some=non
for path in "$here"/renouvellements/*.txt; do
  [ -f "$path" ] || continue
  some=oui
  renewal "$path"
done
[ "$some" = oui ] || echo "  aucun : ceux d'origine valent encore, ou n'ont pas été renouvelés"

echo
if [ "$wrong" = 0 ]; then echo "TOUT EST VÉRIFIÉ."; else echo "QUELQUE CHOSE NE TIENT PAS : voir les lignes NON."; fi
exit "$wrong"
