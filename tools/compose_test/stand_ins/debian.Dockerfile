# The base of the stand-ins: Debian by debootstrap, with the certificate authorities that this machine trusts, so that a
# build behind the proxy of a city can fetch packages as the machine itself does.
FROM siaga-stand-in/root:trixie
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV LANG=C.UTF-8 PIP_CERT=/etc/ssl/certs/ca-certificates.crt NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
