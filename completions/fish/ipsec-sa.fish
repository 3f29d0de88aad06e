# fish completion for ipsec-sa; written by "ipsec-sa --completions=fish"

complete -c ipsec-sa -f
complete -c ipsec-sa -n __fish_use_subcommand -a show -d 'a table of SAs for people'
complete -c ipsec-sa -n __fish_use_subcommand -a convert -d 'SAs of any format in another'
complete -c ipsec-sa -n __fish_use_subcommand -a check -d 'what is wrong or weak about SAs'
complete -c ipsec-sa -n __fish_use_subcommand -a diff -d 'the two ends of tunnels: what differs, and what that breaks'
complete -c ipsec-sa -n __fish_use_subcommand -a select -d 'the SAs that an expression describes'
complete -c ipsec-sa -n __fish_use_subcommand -a mtu -d 'the packets that fit through a link, byte by byte'
complete -c ipsec-sa -n __fish_use_subcommand -a algorithms -d 'every algorithm, its standing and its names'
complete -c ipsec-sa -n __fish_use_subcommand -a formats -d 'the formats that are read and written'
complete -c ipsec-sa -l json -F -d 'results as JSON lines: to FILE, else to stdout where that is free, else stderr'
complete -c ipsec-sa -s q -d 'quieter'
complete -c ipsec-sa -s v -d 'more talkative'
complete -c ipsec-sa -l progress -a 'auto always never' -d 'a progress line on stderr for long work'
complete -c ipsec-sa -l color -a 'auto always never' -d 'colour; auto: on a terminal, unless NO_COLOR is set'
complete -c ipsec-sa -s h -l help -d 'this text'
complete -c ipsec-sa -s V -l version -d 'name and version'
complete -c ipsec-sa -n '__fish_seen_subcommand_from show' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from show' -l show-keys -d 'print keys, too'
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -l to -x -a 'native xfrm-add wireshark tcpdump setkey openbsd vpp scapy ipdecap' -d 'what to write; ipsec-sa formats lists them'
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -l from -x -a 'native strongswan libreswan xfrm-add xfrm xfrm-policy wireshark tcpdump setkey setkey-dump openbsd vpp vpp-show scapy ipdecap fortigate mikrotik cisco juniper paloalto' -d 'take only what is in this format'
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -l wireshark -x -a '4.0 4.4 4.6' -d 'write what this version of Wireshark reads'
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -l scapy -x -a '2.5 2.6' -d 'write what this version of scapy reads'
complete -c ipsec-sa -n '__fish_seen_subcommand_from convert' -s o -l out -r -F -d 'write to FILE, readable by its owner only; - is stdout, the default'
complete -c ipsec-sa -n '__fish_seen_subcommand_from check' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from check' -l strict -d 'fail for what is weak, too: exit status 1 for warnings'
complete -c ipsec-sa -n '__fish_seen_subcommand_from check' -l xfrm-stat -r -F -d 'say what the counters of /proc/net/xfrm_stat mean'
complete -c ipsec-sa -n '__fish_seen_subcommand_from diff' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from select' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from select' -s o -l out -r -F -d 'write to FILE, readable by its owner only; - is stdout, the default'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -F
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -l link -x -d 'what fits through a link of N bytes'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -l payload -x -d 'what inner packets of N (to M) bytes become'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -l table -d 'a line for each SA; without -s for each suite there is'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -l ah-align -x -a '4 8' -d 'pad AH over IPv4 to this (default: 4; Linux has 8 without align4)'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -l wesp -d 'ESP is wrapped as RFC 5840 says'
complete -c ipsec-sa -n '__fish_seen_subcommand_from mtu' -s s -l sa -r -F -d 'SA descriptors in any known format; may be repeated, - is stdin'
complete -c ipsec-sa -n '__fish_seen_subcommand_from algorithms' -a 'null des 3des cast blowfish aes-cbc aes-ctr aes-ccm-8 aes-ccm-12 aes-ccm-16 aes-gcm-8 aes-gcm-12 aes-gcm-16 null-auth-aes-gmac chacha20-poly1305 aes-ccm-8-iiv aes-gcm-16-iiv chacha20-poly1305-iiv camellia-cbc camellia-ctr camellia-ccm-8 camellia-ccm-12 camellia-ccm-16 serpent twofish none hmac-md5-96 hmac-sha1-96 hmac-sha2-256-128 hmac-sha2-384-192 hmac-sha2-512-256 hmac-sha2-256-96 aes-xcbc-96 aes-cmac-96 hmac-md5-128 hmac-sha1-160 hmac-ripemd160-96 aes-128-gmac aes-192-gmac aes-256-gmac'
complete -c ipsec-sa -n '__fish_seen_subcommand_from algorithms' -l names -d 'the names in every dialect'
complete -c ipsec-sa -n '__fish_seen_subcommand_from algorithms' -l speed -d 'measure each suite on this machine, and mark the fastest to recommend'
