autocmd BufNewFile,BufRead *.cf setfiletype inmanta
