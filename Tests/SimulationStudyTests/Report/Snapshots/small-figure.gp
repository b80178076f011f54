set encoding utf8
set terminal svg size 800,168 noenhanced font 'Helvetica,12' name 'figure'
set multiplot
unset key
set label 'A title' at screen 0.0175, screen 0.8690476 left tc rgb '#1f2328' font ',15'
set label 'structured' at screen 0.04625, screen 0.75 left tc rgb '#1f2328' font ',12'
set label 'share' at screen 0.51835, screen 0.07738095 center tc rgb '#1f2328' font ',12'
set label 'x1' at screen 0.0542, screen 0.5952381 left tc rgb '#1f2328' font ',12'
set label '0' at screen 0.0542, screen 0.2083333 center tc rgb '#59636e' font ',11'
set label '0.95' at screen 0.4058285, screen 0.2083333 center tc rgb '#59636e' font ',11'
set label 'one' at screen 0.0442, screen 0.4642857 right tc rgb '#59636e' font ',11'
set label 'two' at screen 0.0442, screen 0.3452381 right tc rgb '#59636e' font ',11'
set label '0' at screen 0.75605, screen 0.2083333 center tc rgb '#59636e' font ',11'
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set tmargin at screen 1
unset border
unset tics
set xrange [0:800]
set yrange [168:0]
$d1 << EOD
25 42
EOD
plot \
  $d1 with points pt 5 ps 0.65 lw 1.3 lc rgb '#0072b2'
unset label
set lmargin at screen 0.0542
set rmargin at screen 0.5071
set bmargin at screen 0.2857143
set tmargin at screen 0.5238095
set border 3 back lc rgb '#818b98' lw 1
set xrange [-1:0]
set yrange [-1.5:0.5]
unset grid
set xtics out nomirror scale 0.4 ('' -1, '' -0.2236068)
set grid xtics back lt 1 lc rgb '#dde2e7' lw 1
set ytics out nomirror scale 0.4 ('' 0, '' -1)
$d2 << EOD
-0.2236068 -1.5
-0.2236068 0.5
EOD
$d3 << EOD
-1 -0.5 1 0
EOD
$d4 << EOD
-0.4 0 0.2 0
EOD
$d5 << EOD
-0.3 0
0 0
0 -1
EOD
plot \
  $d2 with lines lw 1.3 dt (5,4) lc rgb '#57606a', \
  $d3 with vectors nohead lw 1 lc rgb '#dde2e7', \
  $d4 with vectors nohead lw 1.3 lc rgb '#0072b2', \
  $d5 with points pt 5 ps 0.65 lw 1.3 lc rgb '#0072b2'
unset label
set lmargin at screen 0.5296
set rmargin at screen 0.9825
set bmargin at screen 0.2857143
set tmargin at screen 0.5238095
set border 3 back lc rgb '#818b98' lw 1
set xrange [-1:1]
set yrange [-1.5:0.5]
unset grid
set xtics out nomirror scale 0.4 ('' 0)
set grid xtics back lt 1 lc rgb '#dde2e7' lw 1
set ytics out nomirror scale 0.4 ('' 0, '' -1)
$d6 << EOD
-1 -1 0
1 -1.5 0
EOD
set label 'here' at first 0, first 0 center front tc rgb '#59636e' font ',11'
plot \
  $d6 with filledcurves fc rgb '#e8ecf0' fs solid 1 noborder
unset label
unset multiplot
