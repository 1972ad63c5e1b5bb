# Stand-in for nginx: Debian's nginx, with the account and files of the image.
FROM siaga-stand-in/debian:trixie-slim
RUN groupadd --system --gid 101 nginx && useradd --system --uid 101 --gid 101 --no-create-home nginx \
 && apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light curl >/dev/null \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled /var/lib/nginx \
 && ln -s /var/cache/nginx /var/lib/nginx \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
